// What the clients in JavaScript share: who they are at the mock, a browser, and how a case is told. Knows no OAuth.
import { execFile } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// Debian's Node.js 18 has them, but not under these names, which the libraries want. So this file is imported first.
globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;

export const issuer = process.env.ISSUER;
export const web = { id: 'web', secret: 'web-secret', redirectUri: 'http://127.0.0.1:4999/cb' };
export const service = { id: 'service', secret: 'service-secret' };
export const scope = 'openid profile read offline_access';

const browser = fileURLToPath(new URL('browser', import.meta.url));

// Signs in on the pages behind `url`; resolves to the address that the answer goes to.
export async function signIn(url) {
  const { stdout } = await promisify(execFile)(browser, [String(url)], { timeout: 30_000 });
  return new URL(stdout.trim());
}

export function expect(condition, what) {
  if (!condition) throw new Error(what);
}

// run({ name: async function }): one line per case; a later case may use what an earlier one left behind.
export async function run(cases) {
  let failed = 0;
  for (const [name, step] of Object.entries(cases)) {
    try {
      await step();
      console.log(`pass ${name}`);
    } catch (error) {
      failed++;
      const causes = [];
      for (let at = error; at; at = at.cause ?? at.data?.payload) causes.push(at.message ?? JSON.stringify(at));
      console.log(`FAIL ${name}: ${causes.join(': ').replaceAll('\n', ' ')}`);
    }
  }
  process.exitCode = failed ? 1 : 0;
}
