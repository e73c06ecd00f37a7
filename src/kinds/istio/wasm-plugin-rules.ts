import type { Resource } from '../resource.ts'
import { badForm, conflict, type RuleFinding, twice } from '../rule-finding.ts'
import { targetRules } from './policy-target.ts'
import type { ExtensionTrafficSelector, WasmModule, WasmPlugin } from './wasm-plugin.ts'

/** Istio's validation of WasmPlugin. */
export function* wasmPluginRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as WasmPlugin
  yield* targetRules(spec, { isServed: false })
  yield* wasmModuleRules(spec, '/spec')
  yield* extensionMatchRules(spec.match, '/spec/match')
}

const schemes = ['', 'file:', 'http:', 'https:', 'oci:']

export function* wasmModuleRules(wasm: WasmModule, pointer: string): Iterable<RuleFinding> {
  if (!isCodeUrl(wasm.url))
    yield badForm(
      `${pointer}/url`,
      wasm.url,
      'a URL that code can be fetched from',
      'begin it with oci://, https://, http:// or file://, or name an OCI image',
    )
  const env = wasm.vmConfig?.env ?? []
  const place = `${pointer}/vmConfig/env`
  for (const [index, { value, valueFrom }] of env.entries())
    if (valueFrom === 'HOST' && value !== undefined)
      yield conflict(`${place}/${index}/value`, 'valueFrom: HOST, which takes the proxy’s own value')
  yield* twice(
    env.map(({ name }) => name),
    index => `${place}/${index}/name`,
  )
}

/** Without a scheme it is the name of an image, perhaps with a port: `registry:5000/auth:v1`. */
function isCodeUrl(url: string): boolean {
  const [scheme = ''] = /^[a-z][a-z0-9+.-]*:(?=\/\/)/i.exec(url) ?? []
  if (!schemes.includes(scheme.toLowerCase())) return false
  return URL.canParse(scheme === '' ? `oci://${url}` : url)
}

export function* extensionMatchRules(
  match: readonly ExtensionTrafficSelector[] | undefined,
  pointer: string,
): Iterable<RuleFinding> {
  for (const [index, { ports = [] }] of (match ?? []).entries())
    yield* twice(
      ports.map(({ number }) => number),
      at => `${pointer}/${index}/ports/${at}/number`,
    )
}
