// The npm package oauth2-mock-server as it comes: a mock for the tests of clients, which validates next to nothing and logs
// everybody in at once. PORT says where it listens, always on loopback.
import { OAuth2Server } from 'oauth2-mock-server';

const port = Number(process.env.PORT ?? 4103);
const server = new OAuth2Server();
// By itself it calls itself "localhost", whatever address it listens on.
server.issuer.url = `http://127.0.0.1:${port}`;
await server.issuer.keys.generate('RS256');
await server.start(port, '127.0.0.1');
console.log(`listening on ${server.issuer.url}`);
