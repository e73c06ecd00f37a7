/**
 * Makes schemas/envoy/descriptors.binpb.gz from an Envoy binary: the protobuf files that this very Envoy was built from.
 *
 * Run by hand when the pinned Envoy changes: `node src/generate/descriptors.ts PATH-TO-ENVOY`. Not in the table of
 * generators, because it needs a binary of 100 MB; a test compares the committed set with an Envoy where there is one.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { WireReader, wireType } from '../protobuf/wire-reader.ts'

/** By file name: a serialized google.protobuf.FileDescriptorProto, byte for byte as Envoy holds it. */
export type DescriptorFiles = ReadonlyMap<string, Uint8Array>

export interface Provenance {
  readonly envoy: string
  /** SHA-256 of the binary, in hexadecimal. */
  readonly sha256: string
  readonly found: number
  readonly kept: number
  /** Files by these prefixes, and whatever they import. */
  readonly roots: readonly string[]
}

/** What we encode, decode or may meet in an Any: Envoy's own API and the types of xDS. */
export const roots: readonly string[] = ['envoy/', 'xds/', 'udpa/type/', 'google/protobuf/', 'google/rpc/status.proto']

// Numbers of google.protobuf.FileDescriptorProto's fields.
const fileName = 1
const importedFile = 3
const singular: ReadonlySet<number> = new Set([fileName, 2, 8, 9, 12, 14])
const bytesFields: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 12])
const varintFields: ReadonlySet<number> = new Set([10, 11, 14])
/** A name's length has to fit one byte of varint: protoc's generated registries have none that is longer. */
const longestName = 127

/**
 * Finds every FileDescriptorProto in a binary.
 *
 * protoc embeds them uncompressed and serialized in order of field numbers, which is how an end is recognised: the first
 * thing that is no field of that message, or goes back in number, is not part of it. Of several copies (C++ and upb
 * both register some files) the longest is kept.
 */
export function scanDescriptors(binary: Buffer): DescriptorFiles {
  const found = new Map<string, Uint8Array>()
  // A name ends in .proto, and the field after it is the package: 0x12.
  for (let at = binary.indexOf('.proto\x12'); at >= 0; at = binary.indexOf('.proto\x12', at + 1)) {
    const start = startOf(binary, at + '.proto'.length)
    if (start === undefined) continue
    const file = binary.subarray(start, endOf(binary, start))
    const name = namesIn(file, fileName)[0]!
    if (file.length > (found.get(name)?.length ?? 0)) found.set(name, file)
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Where the descriptor starts whose name ends at `end`: at tag 0x0a and the name's length. */
function startOf(binary: Buffer, end: number): number | undefined {
  for (let length = '.proto'.length; length <= longestName && end - length >= 2; length++)
    if (binary[end - length - 1] === length && binary[end - length - 2] === 0x0a) return end - length - 2
  return undefined
}

function endOf(binary: Buffer, start: number): number {
  const reader = new WireReader(binary, start)
  let last = 0
  for (;;) {
    const before = reader.at
    try {
      const { field, wire } = reader.tag()
      const known = wire === wireType.bytes ? bytesFields : wire === wireType.varint ? varintFields : undefined
      if (known?.has(field) !== true || field < last || (field === last && singular.has(field))) return before
      reader.skip(wire)
      last = field
    } catch {
      return before
    }
  }
}

/** The values of a string field of a file, in order. */
export function namesIn(file: Uint8Array, number: number): string[] {
  const names: string[] = []
  for (const reader = new WireReader(file); !reader.done; ) {
    const { field, wire } = reader.tag()
    if (field === number) names.push(reader.string())
    else reader.skip(wire)
  }
  return names
}

/**
 * The files under the roots and all that they import.
 *
 * @throws Error naming a file that is imported but was not found: the scan has missed something
 */
export function closure(files: DescriptorFiles, prefixes: readonly string[]): DescriptorFiles {
  const kept = new Map<string, Uint8Array>()
  const visit = (name: string, importer: string) => {
    if (kept.has(name)) return
    const file = files.get(name)
    if (file === undefined) throw new Error(`${importer} imports ${name}, which is not in the binary`)
    kept.set(name, file)
    for (const imported of namesIn(file, importedFile)) visit(imported, name)
  }
  for (const name of files.keys())
    if (prefixes.some(prefix => name.startsWith(prefix))) visit(name, 'the list of roots')
  return new Map([...kept].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Serializes a google.protobuf.FileDescriptorSet: `repeated FileDescriptorProto file = 1`. */
export function descriptorSet(files: DescriptorFiles): Buffer {
  const parts: Uint8Array[] = []
  for (const file of files.values()) {
    const header = [0x0a]
    for (let rest = file.length; ; rest >>>= 7) {
      header.push(rest > 127 ? (rest & 127) | 128 : rest)
      if (rest < 128) break
    }
    parts.push(Uint8Array.from(header), file)
  }
  return Buffer.concat(parts)
}

function main(path: string): void {
  const binary = readFileSync(path)
  const run = spawnSync(path, ['--version'], { encoding: 'utf8' })
  const version = /version:\s*\S*?\/?(\d+\.\d+\.\d+)/.exec(run.stdout)?.[1]
  if (version === undefined) throw new Error(`${path} --version names no version`)
  const found = scanDescriptors(binary)
  const kept = closure(found, roots)
  const sha256 = createHash('sha256').update(binary).digest('hex')
  const provenance: Provenance = { envoy: version, sha256, found: found.size, kept: kept.size, roots }
  const folder = join(import.meta.dirname, '../../schemas/envoy')
  const packed = gzipSync(descriptorSet(kept), { level: 9 })
  writeFileSync(join(folder, 'descriptors.binpb.gz'), packed)
  writeFileSync(join(folder, 'descriptors.json'), `${JSON.stringify(provenance, null, 2)}\n`)
  console.error(`kept ${kept.size} of ${found.size} files of Envoy ${version}: ${packed.length} bytes`)
}

if (import.meta.main) {
  const path = process.argv[2]
  if (path === undefined) throw new Error('usage: node src/generate/descriptors.ts PATH-TO-ENVOY')
  main(path)
}
