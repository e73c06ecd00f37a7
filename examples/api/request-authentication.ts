// Every field of a RequestAuthentication: which tokens are known, where they are looked for, and what is made of them.
import { gatewayApi, istio, service } from 'meshwright'
import { run } from './workloads.ts'

const keys =
  '{"keys":[{"kty":"EC","kid":"shop","crv":"P-256","x":"PD3AtjIfawFXkN2NDB9uxKRKDRChOgDnUPujhznAxJI","y":"Pcv4JL99AYb_qfiqvFlO3SeyT7R5967YwfsF8JtX_OY"}]}'

export const account = service('account', { port: 8080, versions: { v1: run } })
export const counter = gatewayApi.gateway({
  metadata: { name: 'counter' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 8081, protocol: 'HTTP' }] },
})

export const tokens = istio.requestAuthentication({
  metadata: { name: 'tokens' },
  spec: {
    selector: { matchLabels: { app: 'account' } },
    jwtRules: [
      {
        issuer: 'https://id.shop.example',
        audiences: ['shop'],
        jwks: keys,
        fromHeaders: [{ name: 'x-token', prefix: 'Token ' }],
        fromParams: ['token'],
        fromCookies: ['token'],
        forwardOriginalToken: true,
        outputPayloadToHeader: 'x-claims',
        outputClaimToHeaders: [{ header: 'x-user', claim: 'sub' }],
        spaceDelimitedClaims: ['groups'],
      },
      { issuer: 'https://keys.shop.example', jwksUri: 'https://keys.shop.example/jwks', timeout: '3s' },
      { issuer: 'https://old.shop.example', jwks_uri: 'https://old.shop.example/jwks' },
    ],
  },
})

export const tokensAtGateway = istio.requestAuthentication({
  metadata: { name: 'tokens-at-gateway' },
  spec: {
    targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'counter' },
    jwtRules: [{ issuer: 'https://id.shop.example', jwks: keys }],
  },
})

export const tokensAtGateways = istio.requestAuthentication({
  metadata: { name: 'tokens-at-gateways' },
  spec: {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'counter' }],
    jwtRules: [{ issuer: 'https://partner.example', jwks: keys }],
  },
})
