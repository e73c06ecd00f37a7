import { CodecError, shown } from './codec-error.ts'
import type { WireReader } from './wire-reader.ts'
import { wireType } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

/** One scalar type: between its JSON form and the wire. */
export interface Scalar<Value> {
  readonly wire: number
  /** @throws CodecError where the JSON value is not of this type or out of range */
  readonly parse: (json: unknown) => Value
  readonly isZero: (value: Value) => boolean
  readonly write: (writer: WireWriter, value: Value) => void
  /** The JSON form of what stands at the cursor. */
  readonly read: (reader: WireReader) => unknown
}

const isZeroNumber = (value: number) => Object.is(value, 0)
const isZeroBig = (value: bigint) => value === 0n
const zigzag32 = (value: number) => ((value << 1) ^ (value >> 31)) >>> 0
const zigzag64 = (value: bigint) => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
const int32 = integer(-(2 ** 31), 2 ** 31 - 1)
const uint32 = integer(0, 2 ** 32 - 1)
const int64 = bigInteger(-(2n ** 63n), 2n ** 63n - 1n)
const uint64 = bigInteger(0n, 2n ** 64n - 1n)

/** The table of scalar types. 64-bit numbers are strings in JSON, because a double can't hold them. */
export const scalars: Readonly<{ [kind: string]: Scalar<never> }> = {
  bool: scalar<boolean>({
    wire: wireType.varint,
    parse: boolean,
    isZero: value => !value,
    write: (writer, value) => writer.uint32(value ? 1 : 0),
    read: reader => reader.uint64() !== 0n,
  }),
  int32: scalar({
    wire: wireType.varint,
    parse: int32,
    isZero: isZeroNumber,
    write: (writer, value) => writer.int32(value),
    read: reader => reader.uint32() | 0,
  }),
  uint32: scalar({
    wire: wireType.varint,
    parse: uint32,
    isZero: isZeroNumber,
    write: (writer, value) => writer.uint32(value),
    read: reader => reader.uint32(),
  }),
  sint32: scalar({
    wire: wireType.varint,
    parse: int32,
    isZero: isZeroNumber,
    write: (writer, value) => writer.uint32(zigzag32(value)),
    read: reader => unzigzag(reader.uint32()),
  }),
  int64: scalar({
    wire: wireType.varint,
    parse: int64,
    isZero: isZeroBig,
    write: (writer, value) => writer.uint64(BigInt.asUintN(64, value)),
    read: reader => String(BigInt.asIntN(64, reader.uint64())),
  }),
  uint64: scalar({
    wire: wireType.varint,
    parse: uint64,
    isZero: isZeroBig,
    write: (writer, value) => writer.uint64(value),
    read: reader => String(reader.uint64()),
  }),
  sint64: scalar({
    wire: wireType.varint,
    parse: int64,
    isZero: isZeroBig,
    write: (writer, value) => writer.uint64(zigzag64(value)),
    read: reader => unzigzag64(reader.uint64()),
  }),
  fixed32: scalar({
    wire: wireType.fixed32,
    parse: uint32,
    isZero: isZeroNumber,
    write: (writer, value) => writer.fixed32(value),
    read: reader => reader.fixed(4).getUint32(0, true),
  }),
  sfixed32: scalar({
    wire: wireType.fixed32,
    parse: int32,
    isZero: isZeroNumber,
    write: (writer, value) => writer.fixed32(value),
    read: reader => reader.fixed(4).getInt32(0, true),
  }),
  fixed64: scalar({
    wire: wireType.fixed64,
    parse: uint64,
    isZero: isZeroBig,
    write: (writer, value) => writer.fixed64(value),
    read: reader => String(reader.fixed(8).getBigUint64(0, true)),
  }),
  sfixed64: scalar({
    wire: wireType.fixed64,
    parse: int64,
    isZero: isZeroBig,
    write: (writer, value) => writer.fixed64(value),
    read: reader => String(reader.fixed(8).getBigInt64(0, true)),
  }),
  float: scalar({
    wire: wireType.fixed32,
    parse: float,
    isZero: isZeroNumber,
    write: (writer, value) => writer.float(value),
    read: reader => floatJson(shortest(reader.fixed(4).getFloat32(0, true))),
  }),
  double: scalar({
    wire: wireType.fixed64,
    parse: float,
    isZero: isZeroNumber,
    write: (writer, value) => writer.double(value),
    read: reader => floatJson(reader.fixed(8).getFloat64(0, true)),
  }),
  string: scalar({
    wire: wireType.bytes,
    parse: string,
    isZero: value => value === '',
    write: (writer, value) => writer.string(value),
    read: reader => reader.string(),
  }),
  bytes: scalar<Uint8Array>({
    wire: wireType.bytes,
    parse: base64,
    isZero: value => value.length === 0,
    write: (writer, value) => writer.bytes(value),
    read: reader => Buffer.from(reader.slice()).toString('base64'),
  }),
}

function scalar<Value>(entry: Scalar<Value>): Scalar<never> {
  // The table's rows differ in Value; each row's own functions agree with each other, which is all that callers rely on.
  return entry as unknown as Scalar<never>
}

function boolean(json: unknown): boolean {
  if (typeof json === 'boolean') return json
  throw new CodecError(`expected true or false, got ${shown(json)}`)
}

function string(json: unknown): string {
  if (typeof json === 'string') return json
  throw new CodecError(`expected a string, got ${shown(json)}`)
}

function integer(min: number, max: number): (json: unknown) => number {
  return json => {
    if (typeof json === 'number' && Number.isInteger(json) && json >= min && json <= max) return json === 0 ? 0 : json
    throw new CodecError(`expected an integer from ${min} to ${max}, got ${shown(json)}`)
  }
}

function bigInteger(min: bigint, max: bigint): (json: unknown) => bigint {
  return json => {
    const isNumber = typeof json === 'number' && Number.isSafeInteger(json)
    if (isNumber || (typeof json === 'string' && /^-?\d{1,20}$/.test(json))) {
      const value = BigInt(json)
      if (value >= min && value <= max) return value
    }
    throw new CodecError(`expected an integer from ${min} to ${max}, as a string or a safe number, got ${shown(json)}`)
  }
}

function float(json: unknown): number {
  if (typeof json === 'number') return json
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json)
  throw new CodecError(`expected a number, got ${shown(json)}`)
}

function base64(json: unknown): Uint8Array {
  if (typeof json === 'string' && /^[\w+/-]*={0,2}$/.test(json)) return Buffer.from(json, 'base64')
  throw new CodecError(`expected base64, got ${shown(json)}`)
}

function floatJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

/** The shortest decimal that is the same 32-bit float, so that 0.1 comes back as 0.1. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return candidate
  }
  return value
}

function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1)
}

function unzigzag64(value: bigint): string {
  return String((value >> 1n) ^ -(value & 1n))
}
