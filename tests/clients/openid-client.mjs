// npm openid-client, a certified OpenID Connect client: everything it knows about the mock it has from discovery.
import { expect, issuer, run, scope, service, signIn, web } from './lib.mjs';
import * as client from 'openid-client';

// The only switch: plain http on loopback, which the library otherwise refuses.
const discover = ({ id, secret }) =>
  client.discovery(new URL(issuer), id, secret, undefined, { execute: [client.allowInsecureRequests] });

let config, tokens;

await run({
  discovery: async () => {
    config = await discover(web);
    expect(config.serverMetadata().supportsPKCE(), 'the metadata do not offer S256');
  },
  'code + PKCE': async () => {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const expectedNonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: web.redirectUri, scope, state: expectedState, nonce: expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
    });
    tokens = await client.authorizationCodeGrant(config, await signIn(url),
      { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true });
    expect(tokens.refresh_token && tokens.expiresIn() > 0, 'refresh token or lifetime missing');
  },
  userinfo: async () => {
    const { name } = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    expect(name === 'Alice Adams', `the user is called ${name}`);
  },
  introspection: async () => {
    const { active, username } = await client.tokenIntrospection(config, tokens.access_token);
    expect(active && username === 'alice', 'not active');
  },
  refresh: async () => {
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
    expect(fresh.access_token !== tokens.access_token, 'the same access token again');
  },
  revocation: async () => {
    await client.tokenRevocation(config, tokens.refresh_token);
    const refused = await client.refreshTokenGrant(config, tokens.refresh_token).catch((error) => error);
    expect(refused.error === 'invalid_grant' && refused.status === 400, `refused with ${refused.error}`);
  },
  'pushed request': async () => {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const url = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: web.redirectUri, scope,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
    });
    await client.authorizationCodeGrant(config, await signIn(url), { pkceCodeVerifier, idTokenExpected: true });
  },
  'client credentials': async () => {
    const granted = await client.clientCredentialsGrant(await discover(service), { scope: 'read' });
    expect(granted.scope === 'read' && granted.access_token, 'no token');
  },
  DPoP: async () => {
    const metadata = { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair()) };
    const granted = await client.clientCredentialsGrant(await discover(service), { scope: 'read' }, metadata);
    expect(granted.token_type === 'dpop', `token_type ${granted.token_type}`);
    const answer = await client.fetchProtectedResource(config, granted.access_token, new URL(`${issuer}/resource`), 'GET',
      undefined, undefined, metadata);
    expect(answer.status === 200, `the resource answered ${answer.status}`);
  },
  'wrong secret': async () => {
    const refused = await client.clientCredentialsGrant(await discover({ ...service, secret: 'guessed' })).catch((error) => error);
    expect(refused.error === 'invalid_client' || refused.status === 401, `${refused.message}`);
  },
  registration: async () => {
    const registered = await client.dynamicClientRegistration(new URL(issuer), {
      redirect_uris: ['http://127.0.0.1:4999/own'], client_name: 'registers itself', grant_types: ['authorization_code', 'refresh_token'],
    }, undefined, { execute: [client.allowInsecureRequests] });
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(registered, {
      redirect_uri: 'http://127.0.0.1:4999/own', scope,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
    });
    await client.authorizationCodeGrant(registered, await signIn(url), { pkceCodeVerifier, idTokenExpected: true });
  },
});
