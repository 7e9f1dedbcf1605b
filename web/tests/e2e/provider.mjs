// A small OpenID provider on loopback, where whoever asks is ada, and a door with an address that is known before the
// server behind it has one.
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import net from 'node:net';

const CLIENT = 'homepulse';

const listening = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/`)));

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Starts a provider that remembers who logged in there, until they log out there. */
export async function provider() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const grants = new Map();
  const world = { isIn: false, given: [], ended: [] };

  const token = (issuer, nonce) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: CLIENT, sub: '42', iat: now, exp: now + 300, nonce, preferred_username: 'ada', groups: ['admins'] };
    const message = `${encoded({ alg: 'ES256', kid: 'one', typ: 'JWT' })}.${encoded(claims)}`;
    const signature = sign('sha256', Buffer.from(message), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${message}.${signature.toString('base64url')}`;
  };
  const page = (title, body) => `<!doctype html><html lang="en"><title>${title}</title><link rel="icon" href="data:,"><main><h1>${title}</h1>${body}</main></html>`;

  const server = createServer((request, response) => {
    const base = `http://${request.headers.host}`;
    const url = new URL(request.url, base);
    const answer = (status, type, body, more = {}) => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...more });
      response.end(body);
    };
    const json = (status, value) => answer(status, 'application/json', JSON.stringify(value));
    const asked = Object.fromEntries(url.searchParams);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(200, {
          issuer: base,
          authorization_endpoint: `${base}/authorize`,
          token_endpoint: `${base}/token`,
          jwks_uri: `${base}/keys`,
          end_session_endpoint: `${base}/logout`,
        });
      case '/keys':
        return json(200, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'ES256' }] });
      case '/authorize': {
        if ('yes' in asked) world.isIn = true;
        if (!world.isIn) return answer(200, 'text/html', page('Who are you?', `<a href="${url.href.replaceAll('&', '&amp;')}&amp;yes=1">I am ada</a>`));
        const code = randomUUID();
        grants.set(code, asked);
        const back = new URL(asked.redirect_uri);
        back.search = new URLSearchParams({ code, state: asked.state, iss: base }).toString();
        return answer(302, 'text/plain', '', { location: back.href });
      }
      case '/token': {
        let body = '';
        request.on('data', (part) => (body += part));
        request.on('end', () => {
          const form = Object.fromEntries(new URLSearchParams(body));
          const grant = grants.get(form.code);
          grants.delete(form.code);
          if (grant?.code_challenge !== createHash('sha256').update(form.code_verifier ?? '').digest('base64url')) return json(400, { error: 'invalid_grant' });
          world.given.push(token(base, grant.nonce));
          return json(200, { id_token: world.given.at(-1), access_token: 'access', token_type: 'Bearer' });
        });
        return undefined;
      }
      case '/logout':
        world.isIn = false;
        world.ended.push(asked);
        return answer(200, 'text/html', page('You have left', '<p>Nobody is logged in here.</p>'));
      default:
        return json(404, {});
    }
  });
  const url = await listening(server);
  return {
    issuer: url.slice(0, -1),
    client: CLIENT,
    world,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Opens a door; what comes in goes to where `leadTo` says, to the letter. */
export async function door() {
  let behind;
  const open = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(Number(behind.port), behind.hostname);
    for (const [end, other] of [[near, far], [far, near]]) {
      open.add(end);
      end.pipe(other);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        open.delete(end);
        other.destroy();
      });
    }
  });
  const url = await listening(server);
  return {
    url,
    leadTo: (address) => (behind = new URL(address)),
    stop: () => {
      server.close();
      for (const end of open) end.destroy();
    },
  };
}
