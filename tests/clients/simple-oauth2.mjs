// npm simple-oauth2: plain OAuth 2, endpoints by hand, credentials by HTTP Basic as it encodes them, tokens with a date of their own.
import { createHash, randomBytes } from 'node:crypto';
import simple from 'simple-oauth2';
import { expect, issuer, run, scope, service, signIn, web } from './lib.mjs';

const auth = { tokenHost: issuer, tokenPath: '/token' };
const application = new simple.AuthorizationCode({
  client: { id: web.id, secret: web.secret }, auth: { ...auth, authorizePath: '/authorize', revokePath: '/revoke' },
});
let token;

await run({
  'code + PKCE': async () => {
    const code_verifier = randomBytes(32).toString('base64url');
    const state = randomBytes(16).toString('base64url');
    const url = application.authorizeURL({
      redirect_uri: web.redirectUri, scope: scope.split(' '), state,
      code_challenge: createHash('sha256').update(code_verifier).digest('base64url'), code_challenge_method: 'S256',
    });
    const back = (await signIn(url)).searchParams;
    expect(back.get('state') === state, 'another state');
    token = await application.getToken({ code: back.get('code'), redirect_uri: web.redirectUri, code_verifier });
    expect(!token.expired() && token.token.expires_at instanceof Date, 'no lifetime');
  },
  refresh: async () => {
    const fresh = await token.refresh();
    expect(fresh.token.access_token !== token.token.access_token, 'the same access token again');
    token = fresh;
  },
  revocation: async () => {
    await token.revoke('refresh_token');
    const refused = await token.refresh().catch((error) => error);
    expect(refused.data?.payload?.error === 'invalid_grant', `${refused.message}`);
  },
  'client credentials': async () => {
    const machine = new simple.ClientCredentials({ client: { id: service.id, secret: service.secret }, auth });
    const granted = await machine.getToken({ scope: 'read' });
    expect(granted.token.scope === 'read', `scope ${granted.token.scope}`);
  },
  'client credentials, secret in the body': async () => {
    const machine = new simple.ClientCredentials({
      client: { id: service.id, secret: service.secret }, auth, options: { authorizationMethod: 'body' },
    });
    await machine.getToken({});
  },
  'wrong secret': async () => {
    const machine = new simple.ClientCredentials({ client: { id: service.id, secret: 'guessed' }, auth });
    const refused = await machine.getToken({}).catch((error) => error);
    expect(refused.output?.statusCode === 401 && refused.data?.payload?.error === 'invalid_client', `${refused.message}`);
  },
});
