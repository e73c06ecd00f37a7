import { createServer, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Somebody who signs tokens. */
export interface Issuer {
  readonly name: string
  /** Its public key as a JWK set. */
  readonly jwks: string
  /** @param claims besides `iss` and an `exp` in an hour */
  token(claims?: { readonly [claim: string]: unknown }): Promise<string>
}

export async function newIssuer(name: string, alg: 'RS256' | 'ES256' | 'EdDSA' = 'RS256'): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const kid = `${name}-key`
  const key = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
  return {
    name,
    jwks: JSON.stringify({ keys: [key] }),
    token: claims =>
      new SignJWT({ iss: name, exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
        .setProtectedHeader({ alg, kid })
        .sign(privateKey),
  }
}

/**
 * Serves a key set under any path; counts how often it is asked.
 *
 * @param tls its certificate and key; absent: plain HTTP
 */
export async function keyServer(
  jwks: string,
  tls?: { readonly cert: string; readonly key: string },
): Promise<{ readonly port: number; asked(): number } & AsyncDisposable> {
  let count = 0
  const answer = (_: unknown, response: ServerResponse) => {
    count += 1
    response.end(jwks)
  }
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  }
  return { port: (server.address() as AddressInfo).port, asked: () => count, [Symbol.asyncDispose]: close }
}
