import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const perFile = 50

export interface SyntheticMesh {
  /** A route for service 0, which an edit changes. */
  readonly timeout?: string
  /** Every service calls the next three; without it all know all. */
  readonly isScoped?: boolean
}

/** Writes a mesh of `count` services with one version each, fifty a file; every tenth has a route. */
export function writeSyntheticMesh(folder: string, count: number, options: SyntheticMesh = {}): void {
  mkdirSync(folder, { recursive: true })
  const files = Math.ceil(count / perFile)
  for (let file = 0; file < files; file += 1)
    writeFileSync(join(folder, `part-${file}.ts`), partOf(file, count, options))
  writeFileSync(
    join(folder, 'mesh.ts'),
    Array.from({ length: files }, (_, file) => `export * from './part-${file}.ts'\n`).join(''),
  )
}

function partOf(file: number, count: number, options: SyntheticMesh): string {
  const lines = ["import { otherwise, route, service } from 'meshwright'", '']
  for (let index = file * perFile; index < Math.min(count, (file + 1) * perFile); index += 1) {
    const calls =
      options.isScoped === true && index % perFile >= 3
        ? `, calls: [${[1, 2, 3].map(step => `s${index - step}`).join(', ')}]`
        : ''
    lines.push(
      `export const s${index} = service('svc-${index}', { port: 80, versions: { v1: { image: 'svc:1' } }${calls} })`,
    )
    const timeout = index === 0 ? (options.timeout ?? '2s') : '2s'
    if (index % 10 === 0)
      lines.push(`export const r${index} = route(s${index}, [otherwise.to(s${index}.v1).timeout('${timeout}')])`)
  }
  return `${lines.join('\n')}\n`
}

/**
 * The Kubernetes half of Istio's own case `http`: services on one HTTP port, each with one endpoint, unscoped.
 *
 * @param timeout of service 0's route, where it has one
 */
export function writeServiceFile(folder: string, count: number, timeout?: string): void {
  mkdirSync(folder, { recursive: true })
  const documents = Array.from({ length: count }, (_, index) => serviceYaml(index))
  if (timeout !== undefined) documents.push(routeYaml(timeout))
  writeFileSync(join(folder, 'services.yaml'), documents.join('---\n'))
}

function serviceHead(name: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80 }] }
---
`
}

function serviceYaml(index: number): string {
  const name = `svc-${index}`
  return `${serviceHead(name)}apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: 'svc:1', ports: [{ containerPort: 80 }] }] }
`
}

function routeYaml(timeout: string): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: svc-0 }
spec: { hosts: [svc-0], http: [{ timeout: ${timeout}, route: [{ destination: { host: svc-0 } }] }] }
`
}

/** Services with a VirtualService and a DestinationRule each, fifty of each a file, and a workload that calls them. */
export function writeYamlMesh(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true })
  for (let file = 0; file * perFile < count; file += 1) {
    const indices = Array.from(
      { length: Math.min(perFile, count - file * perFile) },
      (_, index) => file * perFile + index,
    )
    writeFileSync(join(folder, `part-${file}.yaml`), indices.map(istioYaml).join('---\n'))
  }
}

function istioYaml(index: number): string {
  const name = `svc-${index}`
  return `${serviceHead(name)}apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name} }
spec:
  hosts: [${name}]
  http:
    - match: [{ headers: { x-user: { exact: tester } } }]
      route: [{ destination: { host: ${name}, subset: v2 } }]
    - timeout: 2s
      route:
        - { destination: { host: ${name}, subset: v1 }, weight: 90 }
        - { destination: { host: ${name}, subset: v2 }, weight: 10 }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name} }
spec:
  host: ${name}
  trafficPolicy: { outlierDetection: { consecutive5xxErrors: 5 } }
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
`
}
