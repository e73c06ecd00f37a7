/** ServiceEntries and WorkloadEntries made of values from the edges of what is allowed, and a little beyond. */
import fc from 'fast-check'

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
/** Mostly the first. */
const mostly = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, one(...others))

const labels = one<object>({}, { app: 'a' }, { app: 'a', version: 'v1' }, { 'security.istio.io/tlsMode': 'istio' })
const portNumber = one(80, 443, 443, 5432, 15001, 0, 65535)

const endpoint = fc.record(
  {
    address: one('10.0.0.1', '10.0.0.1', 'fd00::1', 'a.example', 'a', 'unix:///run/a', 'unix://@a', '10.0.0.256', ''),
    ports: one<object>({}, { p0: 8080 }, { p1: 65535 }, { other: 1 }),
    labels,
    locality: one('', 'eu', 'eu/a/1', 'eu/a/1/2', '/'),
    weight: one(0, 1, 1000, 1_048_575, 4294967295),
    serviceAccount: one('', 'a', 'a b'),
  },
  { requiredKeys: ['address'] },
)

/** In the order of the fields, so that names and numbers are mostly unique. */
const ports = fc
  .array(
    fc.tuple(
      portNumber,
      one('HTTP', 'http2', 'GRPC', 'GRPC-WEB', 'TLS', 'HTTPS', 'TCP', 'TCP', 'MONGO', 'REDIS', undefined, ''),
      mostly<number | undefined>(undefined, 8080, 0, 65535),
    ),
    { maxLength: 3 },
  )
  .map(list =>
    list.map(([number, protocol, targetPort], index) => ({
      name: `p${index}`,
      number,
      ...(protocol === undefined ? {} : { protocol }),
      ...(targetPort === undefined ? {} : { targetPort }),
    })),
  )

const hosts = (own: string) =>
  fc.array(
    one(
      ...[`${own}.example`, `${own}.example`, `*.${own}.example`, `A.${own}.Example.`, 'shared.example', '*.example'],
      ...['shared', 'web', 'web.default.svc.cluster.local', '*', '*-a.example', 'a_b', '10.0.0.1'],
    ),
    { minLength: 1, maxLength: 2 },
  )

/** @param own a label that is this entry's alone */
export const serviceEntrySpec = (own: string): fc.Arbitrary<object> =>
  fc.record(
    {
      hosts: hosts(own),
      addresses: fc.array(
        one(
          '10.0.0.1',
          '10.0.0.2',
          '10.1.0.0/16',
          '10.1.2.3/16',
          '10.0.0.1/32',
          'fd00::/8',
          'fd00::1',
          '0.0.0.0/0',
          'a',
        ),
        { maxLength: 2 },
      ),
      ports,
      location: one('MESH_EXTERNAL', 'MESH_INTERNAL'),
      resolution: one('NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'),
      endpoints: fc.array(endpoint, { maxLength: 2 }),
      workloadSelector: fc.record({ labels }),
      exportTo: one<string[]>(['*'], ['.'], ['~'], ['default'], ['other'], []),
      subjectAltNames: one<string[]>([], ['a', 'a']),
    },
    { requiredKeys: ['hosts', 'ports'] },
  )

export const workloadEntrySpec: fc.Arbitrary<object> = endpoint
