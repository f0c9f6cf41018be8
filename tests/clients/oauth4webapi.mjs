// npm oauth4webapi, which checks answers to the letter: media types, WWW-Authenticate, ID token, iss. The signature of the ID token
// is verified, too.
import { expect, issuer, run, scope, service, signIn, web } from './lib.mjs';
import * as oauth from 'oauth4webapi';

// The only switch: plain http on loopback, which the library otherwise refuses.
const http = { [oauth.allowInsecureRequests]: true };
const client = { client_id: web.id };
let server, tokens;

// The whole code flow of a client that authenticates in this way.
async function sign_in_as(who, authentication, redirect_uri) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: who.client_id, redirect_uri, response_type: 'code', scope, state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const parameters = oauth.validateAuthResponse(server, who, await signIn(url), state);
  const answer = await oauth.authorizationCodeGrantRequest(server, who, authentication, parameters, redirect_uri, verifier, http);
  const granted = await oauth.processAuthorizationCodeResponse(server, who, answer, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(server, answer, http);
  return granted;
}

await run({
  discovery: async () => {
    const identifier = new URL(issuer);
    for (const algorithm of ['oauth2', 'oidc']) {
      const answer = await oauth.discoveryRequest(identifier, { algorithm, ...http });
      server = await oauth.processDiscoveryResponse(identifier, answer);
    }
  },
  'code + PKCE': async () => {
    tokens = await sign_in_as(client, oauth.ClientSecretBasic(web.secret), web.redirectUri);
  },
  'code + PKCE, secret in the body': () => sign_in_as(client, oauth.ClientSecretPost(web.secret), web.redirectUri),
  'code + PKCE, public client': () => sign_in_as({ client_id: 'spa' }, oauth.None(), 'http://127.0.0.1:4999/cb'),
  'code + PKCE, native client on a port of its own': () =>
    sign_in_as({ client_id: 'native' }, oauth.None(), 'http://127.0.0.1:53017/native/cb'),
  'code + PKCE, credentials that must be encoded': () =>
    sign_in_as({ client_id: 'odd:client+id' }, oauth.ClientSecretBasic('odd %&+/:secret\u00fc'), 'http://127.0.0.1:4999/odd'),
  userinfo: async () => {
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const answer = await oauth.userInfoRequest(server, client, tokens.access_token, http);
    await oauth.processUserInfoResponse(server, client, sub, answer);
  },
  refresh: async () => {
    const authentication = oauth.ClientSecretBasic(web.secret);
    const answer = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, http);
    const fresh = await oauth.processRefreshTokenResponse(server, client, answer);
    expect(fresh.access_token !== tokens.access_token, 'the same access token again');
  },
  'client credentials': async () => {
    const machine = { client_id: service.id };
    const answer = await oauth.clientCredentialsGrantRequest(server, machine, oauth.ClientSecretBasic(service.secret), { scope: 'read' }, http);
    const granted = await oauth.processClientCredentialsResponse(server, machine, answer);
    const served = await oauth.protectedResourceRequest(granted.access_token, 'GET', new URL(`${issuer}/resource`), undefined, null, http);
    expect(served.status === 200, `the resource answered ${served.status}`);
  },
  'wrong token': async () => {
    const refused = await oauth.protectedResourceRequest('guessed', 'GET', new URL(`${issuer}/resource`), undefined, null, http).catch((error) => error);
    const [challenge] = refused.cause ?? [];
    expect(challenge?.scheme === 'bearer' && challenge.parameters.error === 'invalid_token', `no challenge that can be read: ${refused.message}`);
  },
  'wrong secret': async () => {
    const machine = { client_id: service.id };
    const answer = await oauth.clientCredentialsGrantRequest(server, machine, oauth.ClientSecretBasic('guessed'), {}, http);
    const refused = await oauth.processClientCredentialsResponse(server, machine, answer).catch((error) => error);
    expect(refused.status === 401 && (refused.error === 'invalid_client' || refused.cause?.[0]?.scheme === 'basic'), refused.message);
  },
  'nobody has signed in': async () => {
    const url = new URL(server.authorization_endpoint);
    url.search = new URLSearchParams({ client_id: web.id, redirect_uri: web.redirectUri, response_type: 'code', scope, state: 'here',
      prompt: 'none', nonce: 'once' });
    const refused = await signIn(url).then((back) => oauth.validateAuthResponse(server, client, back, 'here')).catch((error) => error);
    expect(refused.error === 'login_required', refused.message ?? 'it was granted');
  },
});
