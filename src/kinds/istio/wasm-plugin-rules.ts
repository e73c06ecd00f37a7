import type { Resource } from '../resource.ts'
import { badForm, cannotServe, conflict, noEffect, type RuleFinding, twice, withoutEffect } from '../rule-finding.ts'
import { wasmSource } from './extension-lowering.ts'
import { targetRules } from './policy-target.ts'
import type { ExtensionTrafficSelector, WasmModule, WasmPlugin } from './wasm-plugin.ts'

/** Istio's validation of WasmPlugin. */
export function* wasmPluginRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as WasmPlugin
  yield* targetRules(spec)
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
  else yield* sourceRules(wasm, pointer)
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

/** What stock Envoy does with code, where Istio's own has an agent beside it that fetches images. */
function* sourceRules(wasm: WasmModule, pointer: string): Iterable<RuleFinding> {
  const { url, sha256 = '' } = wasm
  const [scheme = 'oci:'] = /^[a-z]+:(?=\/\/)/i.exec(url) ?? []
  const isImage = scheme.toLowerCase() === 'oci:'
  const isFile = scheme.toLowerCase() === 'file:'
  const then = wasm.failStrategy === 'FAIL_OPEN' ? 'requests pass without it' : 'requests are refused'
  if (isImage)
    yield cannotServe(
      `${pointer}/url`,
      `stock Envoy fetches no images, so ${then}; serve it by https:// and name its sha256, or name a file://`,
    )
  else if (isFile && wasmSource(wasm) === undefined) yield cannotServe(`${pointer}/url`, `it names no file, so ${then}`)
  else if (isFile && sha256 !== '') yield cannotServe(`${pointer}/sha256`, 'Envoy takes a file as it is')
  else if (!isFile && sha256 === '')
    yield cannotServe(`${pointer}/url`, `Envoy fetches only code whose digest it knows, so ${then}; name it in sha256`)
  else if (wasmSource(wasm) === undefined)
    yield cannotServe(
      `${pointer}/url`,
      `no proxy can fetch from there, so ${then}: write scheme, host and path, and no password`,
    )
  for (const field of ['imagePullPolicy', 'imagePullSecret'] as const)
    if (wasm[field] !== undefined && wasm[field] !== 'UNSPECIFIED_POLICY')
      yield withoutEffect(
        `${pointer}/${field}`,
        isImage ? 'stock Envoy fetches no images' : 'what is fetched is no image',
      )
  if ((wasm.verificationKey ?? '') !== '')
    yield noEffect(`${pointer}/verificationKey`, 'nobody looks at signatures yet')
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
