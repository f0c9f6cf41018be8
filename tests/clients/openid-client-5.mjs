// npm openid-client 5, which many applications still use. It registers itself and then expects RS256 of every ID token, because that
// is what a client is registered with that names no algorithm (OpenID Connect Registration section 2).
import { expect, issuer, run, scope, service, signIn } from './lib.mjs';
import { generators, Issuer } from 'openid-client-5';

const redirect_uri = 'http://127.0.0.1:4999/own';
let server, client, tokens;

await run({
  discovery: async () => {
    server = await Issuer.discover(issuer);
  },
  registration: async () => {
    client = await server.Client.register({ redirect_uris: [redirect_uri], grant_types: ['authorization_code', 'refresh_token'] });
  },
  'code + PKCE': async () => {
    const [code_verifier, state, nonce] = [generators.codeVerifier(), generators.state(), generators.nonce()];
    const url = client.authorizationUrl({ scope, state, nonce, code_challenge: generators.codeChallenge(code_verifier), code_challenge_method: 'S256' });
    tokens = await client.callback(redirect_uri, client.callbackParams((await signIn(url)).href), { code_verifier, state, nonce });
  },
  userinfo: async () => {
    const { name } = await client.userinfo(tokens);
    expect(name === 'Alice Adams', `the user is called ${name}`);
  },
  refresh: async () => {
    const fresh = await client.refresh(tokens);
    expect(fresh.access_token !== tokens.access_token, 'the same access token again');
  },
  'client credentials': async () => {
    const machine = new server.Client({ client_id: service.id, client_secret: service.secret });
    const granted = await machine.grant({ grant_type: 'client_credentials', scope: 'read' });
    expect(granted.scope === 'read', `scope ${granted.scope}`);
  },
});
