import { exportTo, isDnsLabel, labels } from '../forms.ts'
import type { Resource } from '../resource.ts'
import { badForm, missing, port, type RuleFinding, token, twice, unknownWord } from '../rule-finding.ts'
import { exportedTo, exportToAnnotation, type Service, type ServicePort } from './service.ts'

const transports: ReadonlySet<string> = new Set(['TCP', 'UDP', 'SCTP'])

/** What the API server demands of a Service's ports. */
export function* serviceRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as Service
  const ports = spec?.ports ?? []
  for (const [index, item] of ports.entries()) yield* portRules(item, `/spec/ports/${index}`, ports.length > 1)
  yield* twice(
    ports.map(({ name }) => name),
    index => `/spec/ports/${index}/name`,
  )
  yield* twice(
    ports.map(({ protocol = 'TCP', port: number }) => `${number}/${protocol}`),
    index => `/spec/ports/${index}/port`,
  )
  yield* labels('/spec/selector', spec?.selector)
  const place = `/metadata/annotations/${token(exportToAnnotation)}`
  for (const { pointer: _, ...finding } of exportTo(
    '',
    exportedTo(resource)?.filter(name => name !== '~'),
  ))
    yield { ...finding, pointer: place }
}

function* portRules(item: ServicePort, pointer: string, isOneOfSeveral: boolean): Iterable<RuleFinding> {
  const { name, protocol, targetPort } = item
  if (name === undefined && isOneOfSeveral) yield missing(pointer, 'a name, as the service has several ports')
  if (name !== undefined && (!isDnsLabel(name) || name !== name.toLowerCase()))
    yield badForm(`${pointer}/name`, name, 'a DNS label', 'use lower-case letters, digits and hyphens')
  if (protocol !== undefined && !transports.has(protocol))
    yield unknownWord(
      `${pointer}/protocol`,
      protocol,
      'a transport',
      'use TCP, UDP or SCTP; how it is spoken to is said by appProtocol',
    )
  if (typeof targetPort === 'number') yield* port(`${pointer}/targetPort`, targetPort)
  else if (targetPort !== undefined && !/^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(targetPort))
    yield badForm(
      `${pointer}/targetPort`,
      targetPort,
      'the name of a container’s port',
      'at most 15 letters, digits and hyphens',
    )
}
