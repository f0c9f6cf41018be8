// The npm packages better-auth and @better-auth/oauth-provider, with Node's own SQLite in memory. PORT says where it listens,
// always on loopback. Login and consent are pages of the application: scripts, as in its documentation, that call its JSON API and
// go where the answer says. Everything else goes to better-auth untouched.
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

// A page that is empty until its script has run. `make` is a function for the browser: given a way to call the API, it fills the page.
const page = (title, make) => `<!doctype html><html><head><title>${title}</title></head><body><div id="root"></div>
<noscript>You need to enable JavaScript to run this app.</noscript>
<script type="module">
const add = (name, more) => document.getElementById('root').appendChild(Object.assign(document.createElement(name), more));
const call = async (path, body) => {
  const answer = await fetch('/api/auth' + path, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, oauth_query: location.search.slice(1) }) });
  const said = await answer.json();
  const next = said.url ?? said.redirect_uri;
  if (next) location.assign(next);
  else add('p', { textContent: said.message ?? 'That did not work.' });
};
(${make})(add, call);
</script></body></html>`;
const pages = {
  '/login': page('Sign in', (add, call) => {
    const email = add('input', { type: 'email', name: 'email', placeholder: 'E-mail' });
    const password = add('input', { type: 'password', name: 'password', placeholder: 'Password' });
    add('button', { textContent: 'Sign in', onclick: () => call('/sign-in/email', { email: email.value, password: password.value }) });
  }),
  '/consent': page('Consent', (add, call) => {
    add('button', { textContent: 'Allow', onclick: () => call('/oauth2/consent', { accept: true }) });
    add('button', { textContent: 'Deny', onclick: () => call('/oauth2/consent', { accept: false }) });
  }),
};

function show(response, status, html) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(html);
}

const metadata = {
  '/.well-known/oauth-authorization-server/api/auth': oauthProviderAuthServerMetadata(auth),
  '/api/auth/.well-known/openid-configuration': oauthProviderOpenIdConfigMetadata(auth),
};
const handle = toNodeHandler(auth);
createServer(async (request, response) => {
  const { pathname } = new URL(request.url, origin);
  try {
    if (pages[pathname]) return show(response, 200, pages[pathname]);
    if (!metadata[pathname]) return await handle(request, response);
    const answer = await metadata[pathname](new Request(origin + request.url));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  } catch (error) {
    console.error(error);
    if (!response.headersSent) show(response, 500, '<!doctype html><title>Error</title>');
  }
}).listen(port, '127.0.0.1', () => console.log(`listening on ${origin}`));
