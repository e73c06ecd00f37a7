/** Scenes of listeners whose ports others have, or nobody leads to. */
import { api, created, edge, gateway, http, open, type Scene, set, tls } from './spec-objects.ts'

export const portScenes: readonly Scene[] = [
  ...[
    { says: 'Gateway Accepted True ListenersNotValid', listeners: [http, { ...http, name: 'more', port: 8080 }] },
    { says: 'Gateway Programmed True Programmed', listeners: [http, { ...http, name: 'more', port: 8080 }] },
  ].map(({ says, listeners }) => ({ says, objects: [gateway({ listeners }), edge([80, 8080], [8080, 8080])] })),
  {
    says: 'Gateway Programmed True Programmed',
    objects: [gateway(open), set([{ ...http, port: 443 }]), edge([443, 8443])],
  },
  ...[tls('any'), { ...tls('bytes'), protocol: 'TLS' }].flatMap(beside => [
    {
      says: 'Listener Accepted False PortUnavailable',
      objects: [
        api('Gateway', 'older', { gatewayClassName: 'meshwright', listeners: [{ ...http, port: 443 }] }, created(1)),
        api('Gateway', 'front', { gatewayClassName: 'meshwright', listeners: [beside] }, created(2)),
      ],
      message: /of Gateway "older" .* has port 443 for HTTP/,
    },
    {
      says: 'Listener Accepted False PortUnavailable',
      objects: ['older', 'front'].map((name, index) =>
        api(
          'Gateway',
          name,
          { gatewayClassName: 'meshwright', listeners: [{ ...beside, hostname: 'a.example' }] },
          created(index + 1),
        ),
      ),
      message: /of Gateway "older" .* has port 443/,
    },
  ]),
  {
    says: 'ListenerEntry Accepted False PortUnavailable',
    objects: [
      api('Gateway', 'front', { ...open, gatewayClassName: 'meshwright', listeners: [tls('https')] }, created(1)),
      api('Gateway', 'younger', { gatewayClassName: 'meshwright', listeners: [http] }, created(2)),
      set([{ ...http, protocol: 'TCP' }]),
    ],
    message: /listener "http" of Gateway "younger"/,
  },
  {
    says: 'Listener Accepted False PortUnavailable',
    objects: [gateway({ listeners: [http, { ...http, name: 'more', port: 8080 }] }), edge([80, 8080], [8080, 8080])],
    message: /lead port 8080 and port 80 to one port of the gateway’s pods, 8080/,
  },
]
