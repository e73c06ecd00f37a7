import { readFileSync } from 'node:fs'
import { stringify } from 'yaml'
import type { BadAnnotation } from '../cluster/inject/annotations.ts'
import { injectResource, podPointer } from '../cluster/inject/inject-resource.ts'
import { injectionSettings } from '../cluster/install/values.ts'
import { annotationInvalid, inputUnreadable, notInjected } from '../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Failure } from '../diagnostics/failure.ts'
import { renderText } from '../diagnostics/render-text.ts'
import { injectionLabel } from '../kinds/kubernetes/namespace.ts'
import type { Resource } from '../kinds/resource.ts'
import { type ProxyOwner, proxySetupFor } from '../model/proxy-setup.ts'
import type { LoadedResource } from '../phases/1-load/loaded.ts'
import { readYaml } from '../phases/1-load/yaml.ts'
import { resolve } from '../phases/2-resolve/resolve.ts'
import { checkShapes } from '../phases/3-check/shapes.ts'
import { pointerToken } from '../util/pointer-token.ts'
import { readValues, type ValueFlags } from './install-values.ts'
import type { ExitCode } from './main.ts'
import { hasErrors } from './print-findings.ts'
import { isColoured } from './terminal.ts'

/** The options of `mesh inject` as they are typed. */
export interface InjectFlags extends ValueFlags {
  readonly file: string
}

/**
 * Prints the file's resources with proxies in their pods; says on stderr which ones were left as they are, and why.
 *
 * @throws Failure where the file can't be read or an option can't be used
 */
export function runInject(flags: InjectFlags): ExitCode {
  const values = readValues(flags)
  const text = readInput(flags.file)
  const { value: loaded, diagnostics } = readYaml(flags.file, text)
  // What the file itself says of proxies; a cluster's own words are its webhook's to know.
  const { mesh } = resolve(checkShapes(loaded).resources, {
    rootNamespaces: [...new Set([values.namespace, 'istio-system'])],
  }).value
  const settings = { ...injectionSettings(values), setupOf: (pod: ProxyOwner) => proxySetupFor(mesh, pod) }
  const results = loaded.map(item => {
    const { name = '', namespace = 'default' } = item.resource.metadata ?? {}
    // Whoever calls this asks for it, whatever the namespace says in a cluster that we don't see.
    const asked = { name: namespace, labels: { [injectionLabel]: 'enabled' } }
    const injected = injectResource(item.resource, asked, settings)
    if (injected === undefined) return { resource: item.resource, findings: [] }
    const findings = injected.bad.map(bad => badAnnotation(item, bad))
    const left = injected.isInjected ? [] : [leftAlone(item, name, injected.why)]
    return { resource: injected.resource, findings: [...findings, ...left] }
  })
  const findings = [...diagnostics, ...results.flatMap(result => result.findings)]
  if (findings.length > 0) {
    const sources = new Map([[flags.file, text]])
    process.stderr.write(renderText(findings, { isColoured: isColoured(process.stderr), sources }))
  }
  if (hasErrors(findings)) return 1
  process.stdout.write(results.map(({ resource }) => document(resource)).join('---\n'))
  return 0
}

/** The author's order of fields; Kubernetes reads YAML 1.1, in which a plain yes or on is no text. */
function document(resource: Resource): string {
  return stringify(resource, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' })
}

function readInput(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new Failure(inputUnreadable({}, { file, reason }))
  }
}

function badAnnotation({ resource, spanAt }: LoadedResource, { name, value, expected }: BadAnnotation): Diagnostic {
  const pointer = `/metadata/annotations/${pointerToken(name)}`
  const { kind, metadata } = resource
  const span = spanAt(`${podPointer(kind)}${pointer}`)
  return annotationInvalid({ span }, { annotation: name, kind, name: metadata.name, value, expected })
}

function leftAlone({ resource, span }: LoadedResource, name: string, why: string): Diagnostic {
  const remedy = 'nothing needs to be done, unless it should have a proxy'
  return notInjected({ span }, { kind: resource.kind, name, why, remedy })
}
