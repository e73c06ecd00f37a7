/** DER, the form of certificates (ITU-T X.690): the few types that they are made of. */

/** A value's bytes behind its tag and length. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = contents.length === 1 ? contents[0]! : Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content])
}

function lengthOf({ length }: Uint8Array): number[] {
  if (length < 0x80) return [length]
  const bytes = []
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return der(0x30, ...contents)
}

/** A positive number from its bytes, whose first bit is not set. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte, index) => byte !== 0 || index === bytes.length - 1)
  // The shortest form: no zero in front, unless the number would be negative without it.
  return der(0x02, bytes.subarray(first > 0 && bytes[first]! >= 0x80 ? first - 1 : first))
}

export function octetString(...contents: readonly Uint8Array[]): Buffer {
  return der(0x04, ...contents)
}

/** All bits of these bytes. */
export function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.of(0), bytes)
}

export const derTrue = Buffer.of(0x01, 0x01, 0xff)
export const derNull = Buffer.of(0x05, 0x00)

/** An object identifier in its dotted form. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap(number => {
    const groups = [number % 128]
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left % 128) | 0x80)
    return groups
  })
  return der(0x06, Buffer.from(bytes))
}

/** A moment in ms since 1970, in whole seconds: with two digits for the year up to 2049 (RFC 5280, 4.1.2.5). */
export function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}
