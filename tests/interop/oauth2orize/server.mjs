// The npm packages oauth2orize and oauth2orize-pkce with express, passport and its strategies, put together as their
// documentation does it; all in memory. PORT says where it listens, always on loopback.
import { createHash, randomBytes } from 'node:crypto';
import express from 'express';
import session from 'express-session';
import oauth2orize from 'oauth2orize';
import pkce from 'oauth2orize-pkce';
import passport from 'passport';
import bearer from 'passport-http-bearer';
import basic from 'passport-http';
import client_password from 'passport-oauth2-client-password';

const port = Number(process.env.PORT ?? 4106);
const passwords = new Map([['alice', 'alice-password'], ['bob', 'bob-password']]);
const redirect_uris = ['http://127.0.0.1:4999/cb', 'http://127.0.0.1:4999/other'];
const clients = new Map([
  { id: 'web', secret: 'web-secret', redirect_uris: [...redirect_uris, 'http://127.0.0.1:4999/q?x=1', 'https://app.example/remote'] },
  { id: 'second', secret: 'second-secret', redirect_uris: [...redirect_uris, 'http://127.0.0.1:4999/second-only'] },
  // Without a colon: passport-http cuts a secret off at its first one.
  { id: 'odd client+id', secret: 'odd %&+/secret', redirect_uris: ['http://127.0.0.1:4999/odd'] },
  { id: 'spa', redirect_uris },
  { id: 'spa2', redirect_uris },
  { id: 'service', secret: 'service-secret', redirect_uris: [] },
].map((client) => [client.id, client]));
const codes = new Map();
const tokens = new Map();
const refresh_tokens = new Map();
const fresh = () => randomBytes(32).toString('base64url');

const server = oauth2orize.createServer();
server.serializeClient((client, done) => done(null, client.id));
server.deserializeClient((id, done) => done(null, clients.get(id)));
server.grant(pkce.extensions());
server.grant(oauth2orize.grant.code((client, redirect_uri, user, answer, request, done) => {
  const code = fresh();
  codes.set(code, {
    client: client.id, redirect_uri, user: user.id, scope: request.scope || ['read'], expires: Date.now() + 60_000,
    challenge: request.codeChallenge, method: request.codeChallengeMethod,
  });
  done(null, code);
}));

// An access token may have less than the refresh token beside it; without scope_granted there is none beside it.
function issue(client, user, scope, scope_granted, done) {
  const token = fresh();
  tokens.set(token, { client: client.id, user, expires: Date.now() + 3600_000 });
  const refresh_token = scope_granted ? fresh() : null;
  if (refresh_token) refresh_tokens.set(refresh_token, { client: client.id, user, scope: scope_granted });
  done(null, token, refresh_token, { expires_in: 3600, scope: scope.join(' ') });
}

const digest = (verifier) => createHash('sha256').update(verifier).digest('base64url');

server.exchange(oauth2orize.exchange.code((client, code, redirect_uri, body, info, done) => {
  const found = codes.get(code);
  if (!found) return done(null, false);
  codes.delete(code);
  if (found.client !== client.id || found.redirect_uri !== redirect_uri || found.expires < Date.now()) return done(null, false);
  const verifier = body.code_verifier ?? '';
  if (found.challenge && found.challenge !== (found.method === 'S256' ? digest(verifier) : verifier)) return done(null, false);
  issue(client, found.user, found.scope, found.scope, done);
}));
server.exchange(oauth2orize.exchange.refreshToken((client, token, scope, done) => {
  const found = refresh_tokens.get(token);
  if (!found || found.client !== client.id) return done(null, false);
  const asked = scope || found.scope;
  if (!asked.every((one) => found.scope.includes(one))) return done(new oauth2orize.TokenError('More than was granted', 'invalid_scope'));
  refresh_tokens.delete(token);
  issue(client, found.user, asked, found.scope, done);
}));
server.exchange(oauth2orize.exchange.clientCredentials((client, scope, done) => {
  if (!client.secret) return done(new oauth2orize.TokenError('Not for public clients', 'unauthorized_client'));
  issue(client, null, scope || ['read'], null, done);
}));

const known = (id, secret, done) => {
  const client = clients.get(id);
  done(null, client?.secret && client.secret === secret ? client : false);
};
passport.use(new basic.BasicStrategy(known));
passport.use(new client_password.Strategy(known));
// The strategies of passport know confidential clients only; this one is for those without a secret.
passport.use('public-client', new (class extends passport.Strategy {
  authenticate(request) {
    const client = clients.get(request.body?.client_id);
    if (client && !client.secret) this.success(client);
    else this.fail();
  }
})());
passport.use(new bearer.Strategy((token, done) => {
  const found = tokens.get(token);
  done(null, found && found.expires > Date.now() ? { id: found.user ?? found.client } : false);
}));
passport.serializeUser((user, done) => done(null, user.id));
passport.deserializeUser((id, done) => done(null, { id }));

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(passport.initialize());
const with_session = [session({ secret: 'only for tests', resave: false, saveUninitialized: false }), passport.session()];
const authenticated = passport.authenticate(['basic', 'oauth2-client-password', 'public-client'], { session: false });
const page = (response, title, body) => response.send(`<!doctype html><title>${title}</title><h1>${title}</h1>${body}`);

app.get('/login', with_session, (request, response) => page(response, 'Sign in', `<form method="post" action="/login">
  <input name="username"> <input name="password" type="password"> <input type="submit" value="Sign in"></form>`));
app.post('/login', with_session, (request, response, next) => {
  const { username, password } = request.body;
  if (!passwords.has(username) || passwords.get(username) !== password) return response.redirect('/login');
  const back = request.session.back ?? '/';
  request.login({ id: username }, (error) => (error ? next(error) : response.redirect(back)));
});

function logged_in(request, response, next) {
  if (request.isAuthenticated()) return next();
  request.session.back = request.originalUrl;
  response.redirect('/login');
}

app.get('/authorize', with_session, logged_in, server.authorization((id, redirect_uri, done) => {
  const client = clients.get(id);
  if (!client?.redirect_uris.includes(redirect_uri)) return done(null, false);
  done(null, client, redirect_uri);
}), (request, response) => page(response, 'Consent', `<form method="post" action="/decision">
  <input type="hidden" name="transaction_id" value="${request.oauth2.transactionID}">
  <input type="submit" value="Allow"> <input type="submit" value="Deny" name="cancel"></form>`),
server.errorHandler({ mode: 'indirect' }), server.errorHandler());
app.post('/decision', with_session, logged_in, server.decision(), server.errorHandler({ mode: 'indirect' }), server.errorHandler());
app.post('/token', authenticated, server.token(), server.errorHandler());
app.get('/me', passport.authenticate('bearer', { session: false }), (request, response) => response.json({ sub: request.user.id }));

app.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}`));
