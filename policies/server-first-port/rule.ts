import {
  definePolicy,
  effectiveMtls,
  type Mesh,
  mtlsOn,
  type Service,
  type ServicePort,
  selects,
} from 'meshwright/policy'

/** Ports on which servers speak first, and what they speak (IANA's numbers). */
const numbers: ReadonlyMap<number, string> = new Map([
  [21, 'FTP'],
  [22, 'SSH'],
  [25, 'SMTP'],
  [110, 'POP3'],
  [119, 'NNTP'],
  [143, 'IMAP'],
  [587, 'SMTP'],
  [3306, 'MySQL'],
  [5900, 'VNC'],
])

/** By the first word of a port's name. */
const words: ReadonlyMap<string, string> = new Map([
  ['ftp', 'FTP'],
  ['ssh', 'SSH'],
  ['smtp', 'SMTP'],
  ['pop3', 'POP3'],
  ['nntp', 'NNTP'],
  ['imap', 'IMAP'],
  ['mariadb', 'MySQL'],
  ['vnc', 'VNC'],
])

export default definePolicy({
  id: 'server-first-port',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Ports on which servers speak first say so: proxies would wait for the client.',
  },
  messages: {
    guessed:
      'port {port} of service "{service}" is one of {protocol}, where the server speaks first, and does not say so: each connection waits for seconds, for proxies look for the client’s first bytes',
    permissive:
      'port {port} of service "{service}" is one of {protocol}, where the server speaks first: under PERMISSIVE, which nobody chose, callers without a proxy wait for seconds, for the proxy looks for their first bytes',
  },
  help: 'name it tcp-<name>, or set appProtocol: tcp; and say a mode for its workload: STRICT, or DISABLE on this port',
  create: ({ mesh }) => ({
    *service(service) {
      for (const port of service.ports) {
        const protocol = spoken(port)
        if (protocol === undefined) continue
        const data = { service: service.name, port: port.number, protocol }
        if (!port.declared)
          yield {
            message: 'guessed',
            at: port.at,
            data,
            ...(service.entry === undefined ? {} : { help: 'set protocol: TCP' }),
          }
        else if (port.isWellKnown === true && isPermissiveByDefault(service, port, mesh))
          yield { message: 'permissive', at: port.at, data }
      }
    },
  }),
})

function spoken({ name, number }: ServicePort): string | undefined {
  return words.get(name.toLowerCase().split('-')[0] ?? '') ?? numbers.get(number)
}

/** Would a workload behind the port take both, and has nobody said that it should? */
function isPermissiveByDefault(service: Service, { targetPort }: ServicePort, mesh: Mesh): boolean {
  const { workloads, peerPolicies: policies, rootNamespaces } = mesh
  if (Object.keys(service.selector).length === 0) return false
  return workloads
    .filter(({ namespace, labels }) => namespace === service.namespace && selects(service.selector, labels))
    .some(workload => {
      const mtls = effectiveMtls({ policies, rootNamespaces }, workload)
      const number = typeof targetPort === 'number' ? targetPort : 0
      return mtls.from.length === 0 && mtlsOn(mtls, number) === 'PERMISSIVE'
    })
}
