/** ServiceEntries and WorkloadEntries made of values from the edges of what is allowed, and a little beyond. */
import fc from 'fast-check'

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
/** Seldom one that is wrong, or else most of what is made would pass no check. */
const mostly = <T>(good: readonly T[], bad: readonly T[]) =>
  fc.oneof({ weight: 20, arbitrary: one(...good) }, one(...bad))

const labels = one<object>({}, { app: 'a' }, { app: 'a', version: 'v1' }, { 'security.istio.io/tlsMode': 'istio' })

const endpointAt = (addresses: fc.Arbitrary<string>) =>
  fc.record(
    {
      address: addresses,
      ports: mostly<object>([{}, { p0: 8080 }], [{ other: 1 }, { p0: 0 }]),
      labels,
      locality: one('', 'eu', 'eu/a/1', 'eu/a/1/2', '/'),
      weight: mostly([0, 1, 1000, 1_048_575], [4294967295]),
      serviceAccount: one('', 'a', 'a b'),
    },
    { requiredKeys: ['address'] },
  )

const fixed = mostly(['10.0.0.1', 'fd00::1', '0.0.0.0'], ['10.0.0.256', '', 'a'])
const named = mostly(['a.example', 'a', 'localhost', '10.0.0.1'], ['a_b', '-'])
/** Only `fixed` ones have any. */
const sockets = mostly(['unix:///run/a', 'unix://@a'], ['unix://', 'unix:///a/', 'unix://a'])

const ports = fc
  .uniqueArray(
    fc.tuple(
      mostly([80, 443, 5432, 15001, 65535], [0]),
      mostly<string | undefined>(
        ['HTTP', 'http2', 'GRPC', 'GRPC-WEB', 'TLS', 'HTTPS', 'TCP', 'TCP', 'MONGO', 'REDIS', undefined, ''],
        ['UDP', 'HTTP_PROXY', 'SMTP'],
      ),
      mostly<number | undefined>([undefined, undefined, 8080], [0]),
    ),
    { minLength: 1, maxLength: 3, selector: ([number]) => number },
  )
  .map(list =>
    list.map(([number, protocol, targetPort], index) => ({
      name: `p${index}`,
      number,
      ...(protocol === undefined ? {} : { protocol }),
      ...(targetPort === undefined ? {} : { targetPort }),
    })),
  )

const wrongHosts = ['*', '*-a.example', 'a_b', '10.0.0.1']
const whole = (own: string) => [
  `${own}.example`,
  `A.${own}.Example.`,
  'shared.example',
  'Shared.Example',
  'shared',
  'web',
]
const wild = (own: string) => [`*.${own}.example`, '*.example', '*.a.example']
const hostsOf = (good: readonly string[]) =>
  fc.uniqueArray(mostly([...good, 'web.default.svc.cluster.local'], wrongHosts), { minLength: 1, maxLength: 2 })

/** What goes with each resolution. */
const resolutions = (own: string): readonly fc.Arbitrary<object>[] => [
  fc.record({ resolution: one('NONE', undefined), hosts: hostsOf([...whole(own), ...wild(own)]) }),
  fc.record({
    resolution: fc.constant('STATIC'),
    hosts: hostsOf([...whole(own), ...wild(own)]),
    endpoints: fc.array(fc.oneof({ weight: 4, arbitrary: endpointAt(fixed) }, fc.record({ address: sockets })), {
      maxLength: 3,
    }),
  }),
  fc.record({
    resolution: one('STATIC', 'DNS', 'DNS_ROUND_ROBIN'),
    hosts: hostsOf(whole(own)),
    workloadSelector: fc.record({ labels }),
  }),
  fc.record({ resolution: one('DNS', 'DNS_ROUND_ROBIN'), hosts: hostsOf(whole(own)) }),
  fc.record({
    resolution: one('DNS', 'DNS_ROUND_ROBIN'),
    hosts: hostsOf([...whole(own), ...wild(own)]),
    endpoints: fc.array(endpointAt(named), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ resolution: fc.constant('DYNAMIC_DNS'), hosts: hostsOf(wild(own)) }),
]

/** @param own a label that is this entry's alone */
export const serviceEntrySpec = (own: string): fc.Arbitrary<object> =>
  fc
    .tuple(
      fc.oneof(...resolutions(own)),
      fc.record(
        {
          ports,
          addresses: fc.uniqueArray(
            mostly(
              ['10.0.0.1', '10.0.0.2', '10.1.0.0/16', '10.1.2.3/16', '10.0.0.1/32', 'fd00::/8', 'fd00::1', '0.0.0.0/0'],
              ['a', '10.0.0.1/33'],
            ),
            { maxLength: 2 },
          ),
          location: one('MESH_EXTERNAL', 'MESH_INTERNAL'),
          exportTo: mostly<string[]>([['*'], ['.'], ['default']], [['~'], ['other'], []]),
          subjectAltNames: one<string[]>([], ['a', 'a']),
        },
        { requiredKeys: ['ports'] },
      ),
    )
    .map(([where, fields]) => ({ ...fields, ...where }))

export const workloadEntrySpec: fc.Arbitrary<object> = endpointAt(fc.oneof(fixed, named, sockets))
