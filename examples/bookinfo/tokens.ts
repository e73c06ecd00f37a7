// The page is for those who bring a token of the shop's login: 403 without one, 401 with a wrong one.
//
//   curl -H "authorization: Bearer $(cat examples/bookinfo/jason.jwt)" http://127.0.0.1:8080/productpage
//
// The token is good until 2100; the key that signed it is gone.
import { allow, istio } from 'meshwright'
import { productpage } from './mesh.ts'

export * from './mesh.ts'

const issuer = 'https://login.bookinfo.example'
const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'gGUrGLWdxlTQBd9eEN12eoIZtxxkpLTWuO5FSEvR0hY',
  y: 'cVlHrqUo_u7lnjuEOLZW6vzSwD-7cMyKS_SCZ36bPes',
  kid: 'demo',
  alg: 'ES256',
}

export const login = istio.requestAuthentication({
  metadata: { name: 'login' },
  spec: {
    selector: { matchLabels: { app: 'productpage' } },
    jwtRules: [{ issuer, jwks: JSON.stringify({ keys: [key] }) }],
  },
})
export const readers = allow(productpage, { from: [{ token: `${issuer}/*` }] })
