// The npm package @node-oauth/oauth2-server on express: the library's own handlers with a model that keeps all in memory. The
// login and consent pages are ours, because the library has none. PORT says where it listens, always on loopback.
import { randomUUID } from 'node:crypto';
import express from 'express';
import OAuth2Server from '@node-oauth/oauth2-server';

const port = Number(process.env.PORT ?? 4102);
const passwords = new Map([['alice', 'alice-password'], ['bob', 'bob-password']]);
const scopes = new Set(['read', 'write', 'profile']);
const redirect_uris = ['http://127.0.0.1:4999/cb', 'http://127.0.0.1:4999/other'];
const with_code = ['authorization_code', 'refresh_token'];
const clients = new Map([
  ['web', { secret: 'web-secret', grants: with_code,
    redirectUris: [...redirect_uris, 'http://127.0.0.1:4999/q?x=1', 'https://app.example/remote'] }],
  ['second', { secret: 'second-secret', grants: with_code,
    redirectUris: [...redirect_uris, 'http://127.0.0.1:4999/second-only'] }],
  ['odd client+id', { secret: 'odd %&+/:secret', grants: with_code, redirectUris: ['http://127.0.0.1:4999/odd'] }],
  ['spa', { grants: with_code, redirectUris: redirect_uris }],
  ['spa2', { grants: with_code, redirectUris: redirect_uris }],
  ['service', { secret: 'service-secret', grants: ['client_credentials'], redirectUris: [] }],
].map(([id, client]) => [id, { id, ...client }]));

const codes = new Map();
const tokens = new Map();
const refresh_tokens = new Map();
const model = {
  getClient: async (id, secret) => {
    const client = clients.get(id);
    return client && (secret == null || secret === client.secret) ? client : null;
  },
  getUserFromClient: async (client) => ({ id: client.id }),
  validateScope: async (user, client, asked) => {
    if (!asked) return ['read'];
    return asked.every((scope) => scopes.has(scope)) ? asked : false;
  },
  saveAuthorizationCode: async (code, client, user) => {
    const saved = { ...code, client, user };
    codes.set(code.authorizationCode, saved);
    return saved;
  },
  getAuthorizationCode: async (code) => codes.get(code),
  revokeAuthorizationCode: async (code) => codes.delete(code.authorizationCode),
  saveToken: async (token, client, user) => {
    const saved = { ...token, client, user };
    tokens.set(token.accessToken, saved);
    if (token.refreshToken) refresh_tokens.set(token.refreshToken, saved);
    return saved;
  },
  getAccessToken: async (token) => tokens.get(token),
  getRefreshToken: async (token) => refresh_tokens.get(token),
  revokeToken: async (token) => refresh_tokens.delete(token.refreshToken),
};
const oauth = new OAuth2Server({
  model,
  accessTokenLifetime: 3600,
  authorizationCodeLifetime: 60,
  allowEmptyState: true,
  // The library knows public clients by grant only: whoever lets them in must let confidential ones go without their secret.
  requireClientAuthentication: { authorization_code: false, refresh_token: false },
});

const app = express();
app.use(express.urlencoded({ extended: false }));

const sessions = new Map();
const session_of = (request) => /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (response, title, body) =>
  response.type('html').send(`<!doctype html><title>${title}</title><h1>${title}</h1>${body}`);

function login_page(response, next) {
  page(response, 'Sign in', `<form method="post" action="/login"><input type="hidden" name="next" value="${escaped(next)}">
    <label>User <input name="username"></label><label>Password <input name="password" type="password"></label>
    <button>Sign in</button></form>`);
}

app.post('/login', (request, response) => {
  const { username, password, next = '/' } = request.body;
  if (!passwords.has(username) || passwords.get(username) !== password) return login_page(response.status(403), next);
  const session = randomUUID();
  sessions.set(session, username);
  response.cookie('session', session, { httpOnly: true, sameSite: 'lax' });
  response.redirect(303, new URL(next, 'http://here').pathname + new URL(next, 'http://here').search);
});

// What the library throws carries the answer: status code, error and description.
function refuse(response, answer, error) {
  response.set(answer.headers ?? {});
  if (answer.headers?.location) return response.redirect(302, answer.headers.location);
  response.status(error.code ?? 500).json({ error: error.name, error_description: error.message });
}

async function authorize(request, response, user, allowed, server) {
  const answer = new OAuth2Server.Response();
  const query = { ...request.query, allowed: String(allowed) };
  try {
    await server.authorize(new OAuth2Server.Request({ method: 'GET', headers: request.headers, query, body: {} }), answer,
      { authenticateHandler: { handle: () => ({ id: user }) } });
    return answer;
  } catch (error) {
    refuse(response, answer, error);
  }
}

// To refuse a faulty request before the user is asked, it is tried with a model that saves no code.
const rehearsal = new OAuth2Server({
  model: { ...model, saveAuthorizationCode: async (code, client, user) => ({ ...code, client, user }) },
  allowEmptyState: true,
});

app.get('/authorize', async (request, response) => {
  const user = sessions.get(session_of(request));
  if (!user) return login_page(response, request.originalUrl);
  if (!await authorize(request, response, user, true, rehearsal)) return;
  page(response, 'Consent', `<p>${escaped(request.query.client_id)} asks for: ${escaped(request.query.scope ?? 'read')}</p>
    <form method="post" action="${escaped(request.originalUrl)}">
    <button name="answer" value="yes">Allow</button> <button name="answer" value="no">Deny</button></form>`);
});

app.post('/authorize', async (request, response) => {
  const user = sessions.get(session_of(request));
  if (!user) return login_page(response, request.originalUrl);
  const answer = await authorize(request, response, user, request.body.answer === 'yes', oauth);
  if (answer) response.redirect(302, answer.headers.location);
});

app.post('/token', async (request, response) => {
  const answer = new OAuth2Server.Response();
  try {
    await oauth.token(new OAuth2Server.Request(request), answer);
    response.set(answer.headers).status(answer.status).json(answer.body);
  } catch (error) {
    refuse(response, answer, error);
  }
});

app.get('/me', async (request, response) => {
  const answer = new OAuth2Server.Response();
  try {
    const token = await oauth.authenticate(new OAuth2Server.Request(request), answer);
    response.json({ sub: token.user.id, client_id: token.client.id });
  } catch (error) {
    refuse(response, answer, error);
  }
});

app.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}`));
