// The npm package oidc-provider, as certified by the OpenID Foundation, with its in-memory store and the login and consent
// pages that it brings for development. PORT says where it listens, always on loopback; any password is good. PACKAGE names
// another version of it. With REGISTRATION=open clients may register themselves and be removed again, with REGISTRATION=token only
// who has that initial access token: "only for tests".
const library = await import(process.env.PACKAGE ?? 'oidc-provider');
const Provider = library.Provider ?? library.default;

const registration = process.env.REGISTRATION;
const port = Number(process.env.PORT ?? 4101);
const issuer = `http://127.0.0.1:${port}`;
const redirect_uris = ['http://127.0.0.1:4999/cb', 'http://127.0.0.1:4999/other'];
const code_flow = {
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
};

// The store that the package brings forgets the oldest entry beyond a thousand, registered clients among them.
const stored = new Map();
class Store {
  constructor(name) { this.key = (id) => `${name}:${id}`; }
  async upsert(id, payload, expiresIn) {
    stored.set(this.key(id), { payload, until: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
  }
  async find(id) {
    const found = stored.get(this.key(id));
    return found && found.until > Date.now() ? found.payload : undefined;
  }
  async #first(member, value) {
    for (const { payload } of stored.values()) if (payload[member] === value) return payload;
    return undefined;
  }
  findByUserCode(code) { return this.#first('userCode', code); }
  findByUid(uid) { return this.#first('uid', uid); }
  async consume(id) { (await this.find(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { stored.delete(this.key(id)); }
  async revokeByGrantId(grant) {
    for (const [key, { payload }] of stored) if (payload.grantId === grant) stored.delete(key);
  }
}

const provider = new Provider(issuer, {
  ...(registration && { adapter: Store }),
  clients: [
    { client_id: 'web', client_secret: 'web-secret', token_endpoint_auth_method: 'client_secret_basic', ...code_flow,
      redirect_uris: [...redirect_uris, 'http://127.0.0.1:4999/q?x=1', 'https://app.example/remote'] },
    { client_id: 'second', client_secret: 'second-secret', token_endpoint_auth_method: 'client_secret_basic', ...code_flow,
      redirect_uris: [...redirect_uris, 'http://127.0.0.1:4999/second-only'] },
    // "native", because a web client without a secret may not use http redirect URIs on loopback.
    { client_id: 'spa', token_endpoint_auth_method: 'none', application_type: 'native', ...code_flow, redirect_uris },
    { client_id: 'spa2', token_endpoint_auth_method: 'none', application_type: 'native', ...code_flow, redirect_uris },
    { client_id: 'native', token_endpoint_auth_method: 'none', application_type: 'native', ...code_flow,
      redirect_uris: ['http://127.0.0.1/native/cb'] },
    { client_id: 'odd:client+id', client_secret: 'odd %&+/:secret', token_endpoint_auth_method: 'client_secret_basic',
      ...code_flow, redirect_uris: ['http://127.0.0.1:4999/odd'] },
    { client_id: 'service', client_secret: 'service-secret', token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [], response_types: [], grant_types: ['client_credentials'], scope: 'read' },
  ],
  scopes: ['openid', 'offline_access', 'profile', 'read', 'write'],
  claims: { openid: ['sub'], profile: ['name'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
  pkce: { required: (_, client) => client.tokenEndpointAuthMethod === 'none' },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    ...(registration && {
      registration: { enabled: true, initialAccessToken: registration === 'token' && 'only for tests' },
      registrationManagement: { enabled: true },
    }),
  },
  ttl: {
    AccessToken: 3600, AuthorizationCode: 60, ClientCredentials: 600, Grant: 86400, IdToken: 3600, Interaction: 600,
    RefreshToken: 86400, Session: 86400,
  },
  cookies: { keys: ['only for tests'] },
});
provider.on('server_error', (_, error) => console.error(error));
provider.listen(port, '127.0.0.1', () => console.log(`listening on ${issuer}`));
