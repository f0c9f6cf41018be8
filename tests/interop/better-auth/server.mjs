// The npm packages better-auth and @better-auth/oauth-provider, with Node's own SQLite in memory. PORT says where it listens,
// always on loopback. Login and consent are pages of the application, and usually scripts that call better-auth's JSON API; ours
// are plain forms, and this program makes the same calls when they are posted. Everything else goes to better-auth untouched.
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { oauthProvider, oauthProviderAuthServerMetadata, oauthProviderOpenIdConfigMetadata } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';

const port = Number(process.env.PORT ?? 4104);
const origin = `http://127.0.0.1:${port}`;
const issuer = `${origin}/api/auth`;
const redirect_uris = ['http://127.0.0.1:4999/cb', 'http://127.0.0.1:4999/other'];
const scopes = ['openid', 'profile', 'email', 'offline_access', 'read'];
// The plugin makes up ids and secrets; these are handed to it one after the other.
const ids = [];
const secrets = [];

const options = {
  baseURL: origin,
  secret: 'only for tests, only for tests, only for tests',
  database: new DatabaseSync(':memory:'),
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  emailAndPassword: { enabled: true },
  trustedOrigins: [origin],
  // The plugin has a token endpoint of its own.
  disabledPaths: ['/token'],
  plugins: [
    jwt({ jwt: { issuer } }),
    oauthProvider({
      loginPage: '/login',
      consentPage: '/consent',
      scopes,
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      codeExpiresIn: 60,
      accessTokenExpiresIn: 3600,
      rateLimit: { token: false, authorize: false, introspect: false, revoke: false, register: false, userinfo: false },
      generateClientId: () => ids.shift(),
      generateClientSecret: () => secrets.shift(),
      clientPrivileges: async () => true,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);

for (const name of ['alice', 'bob'])
  await auth.api.signUpEmail({ body: { name, email: `${name}@interop.example`, password: `${name}-password` } });
const session = await auth.api.signInEmail({ asResponse: true, body: { email: 'alice@interop.example', password: 'alice-password' } });
const cookie = session.headers.getSetCookie().map((one) => one.split(';', 1)[0]).join('; ');

async function register(id, secret, uris, more = {}) {
  ids.push(id);
  if (secret) secrets.push(secret);
  await auth.api.adminCreateOAuthClient({
    headers: new Headers({ cookie }),
    body: {
      redirect_uris: uris, scope: scopes.join(' '), grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      // "native", because other clients may not use http redirect URIs on loopback.
      application_type: 'native', token_endpoint_auth_method: secret ? 'client_secret_basic' : 'none', ...more,
    },
  });
}
await register('web', 'web-secret', [...redirect_uris, 'http://127.0.0.1:4999/q?x=1']);
await register('second', 'second-secret', [...redirect_uris, 'http://127.0.0.1:4999/second-only']);
await register('odd client+id', 'odd %&+/:secret', ['http://127.0.0.1:4999/odd']);
await register('spa', null, redirect_uris);
await register('spa2', null, redirect_uris);
await register('service', 'service-secret', redirect_uris,
  { grant_types: ['client_credentials'], response_types: undefined, scope: 'read', client_credentials_scopes: ['read'] });

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const form = (title, query, fields) => `<!doctype html><title>${title}</title><h1>${title}</h1>
  <form method="post"><input type="hidden" name="query" value="${escaped(query)}">${fields}</form>`;
const pages = {
  '/login': {
    form: (query) => form('Sign in', query,
      '<input name="email" type="email"> <input name="password" type="password"> <button>Sign in</button>'),
    path: '/sign-in/email',
    call: (sent) => ({ email: sent.get('email'), password: sent.get('password'), oauth_query: sent.get('query') }),
  },
  '/consent': {
    form: (query) => form('Consent', query,
      '<button name="answer" value="yes">Allow</button> <button name="answer" value="no">Deny</button>'),
    path: '/oauth2/consent',
    call: (sent) => ({ accept: sent.get('answer') === 'yes', oauth_query: sent.get('query') }),
  },
};

function show(response, status, html, headers = {}) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers });
  response.end(html);
}

// What the script of such a page does: calls the API, and goes where the answer says.
async function submit(page, request, response) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const answer = await auth.handler(new Request(issuer + page.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', origin, cookie: request.headers.cookie ?? '' },
    body: JSON.stringify(page.call(new URLSearchParams(body))),
  }));
  const text = await answer.text();
  const said = text ? JSON.parse(text) : {};
  const next = said.url ?? said.redirect_uri ?? answer.headers.get('location');
  if (!answer.ok || !next) return show(response, answer.ok ? 400 : answer.status, `<!doctype html><title>Error</title><p>${escaped(text)}`);
  response.writeHead(302, { location: next, 'set-cookie': answer.headers.getSetCookie() });
  response.end();
}

const metadata = {
  '/.well-known/oauth-authorization-server/api/auth': oauthProviderAuthServerMetadata(auth),
  '/api/auth/.well-known/openid-configuration': oauthProviderOpenIdConfigMetadata(auth),
};
const handle = toNodeHandler(auth);
createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, origin);
  try {
    if (pages[pathname] && request.method === 'POST') return await submit(pages[pathname], request, response);
    if (pages[pathname]) return show(response, 200, pages[pathname].form(search.slice(1)));
    if (!metadata[pathname]) return await handle(request, response);
    const answer = await metadata[pathname](new Request(origin + request.url));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  } catch (error) {
    console.error(error);
    if (!response.headersSent) show(response, 500, '<!doctype html><title>Error</title>');
  }
}).listen(port, '127.0.0.1', () => console.log(`listening on ${origin}`));
