/**
 * A plugin for WebAssembly, assembled here: answers of HTTP get what it was configured with as the header `x-wasm`, and bytes
 * that come back get it put before them.
 */

const i32 = 0x7f
/** Where it keeps things: headers' name, the root of each context, the configuration of each root, and what it allocates. */
const [nameAt, parentsAt, configsAt, heapAt, pages] = [1024, 65_536, 1_048_576, 3_145_728, 64]
const header = 'x-wasm'

/** Kinds of functions: so many parameters, so many results. */
const types = [
  [0, 0],
  [1, 1],
  [2, 0],
  [2, 1],
  [3, 1],
  [5, 1],
] as const
const typeOf = (parameters: number, results: number) =>
  types.findIndex(([taken, given]) => taken === parameters && given === results)

const imports = ['proxy_get_buffer_bytes', 'proxy_add_header_map_value', 'proxy_set_buffer_bytes']
const [getBuffer, addHeader, setBuffer] = [0, 1, 2]

const number = (value: number) => [0x41, ...signed(value)]
const argument = (index: number) => [0x20, index]
const call = (index: number) => [0x10, index]
const load = (offset = 0) => [0x28, 2, ...unsigned(offset)]
const store = [0x36, 2, 0]
const [add, times, and, drop] = [0x6a, 0x6c, 0x71, 0x1a]
/** Address of a context's entry in a table. */
const entry = (table: number, size: number, index: readonly number[]) => [
  ...number(table),
  ...index,
  ...number(size),
  times,
  add,
]
const configOf = (context: readonly number[]) => entry(configsAt, 8, context)
const root = [...entry(parentsAt, 4, argument(0)), ...load()]
const config = [...configOf(root), ...load(), ...configOf(root), ...load(4)]

/** What is exported, with its parameters, results and code. */
const functions: readonly (readonly [name: string, parameters: number, results: number, code: readonly number[]])[] = [
  ['proxy_abi_version_0_2_1', 0, 0, []],
  ['malloc', 1, 1, [0x23, 0, 0x23, 0, ...argument(0), add, ...number(7), add, ...number(-8), and, 0x24, 0]],
  ['proxy_on_context_create', 2, 0, [...entry(parentsAt, 4, argument(0)), ...argument(1), ...store]],
  ['proxy_on_vm_start', 2, 1, number(1)],
  [
    'proxy_on_configure',
    2,
    1,
    [
      // 7: the plugin's configuration.
      ...[...number(7), ...number(0), ...argument(1), ...configOf(argument(0))],
      ...[...configOf(argument(0)), ...number(4), add, ...call(getBuffer), drop, ...number(1)],
    ],
  ],
  [
    'proxy_on_response_headers',
    3,
    1,
    // 2: headers of the response; 0: go on.
    [...number(2), ...number(nameAt), ...number(header.length), ...config, ...call(addHeader), drop, ...number(0)],
  ],
  [
    'proxy_on_upstream_data',
    3,
    1,
    // 3: bytes from upstream; none of them are replaced.
    [...number(3), ...number(0), ...number(0), ...config, ...call(setBuffer), drop, ...number(0)],
  ],
]

/** The module. */
export function wasmPlugin(): Buffer {
  const signature = ([parameters, results]: readonly [number, number]) => [
    0x60,
    ...list(Array.from({ length: parameters }, () => [i32])),
    ...list(Array.from({ length: results }, () => [i32])),
  ]
  const exported = functions.map(([name], index) => [...text(name), 0, imports.length + index])
  return Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types.map(signature))),
    ...section(2, list(imports.map(name => [...text('env'), ...text(name), 0, typeOf(5, 1)]))),
    ...section(3, list(functions.map(([, parameters, results]) => [typeOf(parameters, results)]))),
    ...section(5, [1, 0, pages]),
    ...section(6, [1, i32, 1, ...number(heapAt), 0x0b]),
    ...section(7, list([[...text('memory'), 2, 0], ...exported])),
    ...section(10, list(functions.map(([, , , code]) => sized([0, ...code, 0x0b])))),
    ...section(11, [1, 0, ...number(nameAt), 0x0b, ...text(header)]),
  ])
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)]
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content]
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

function text(value: string): number[] {
  return sized([...Buffer.from(value)])
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): number[] {
  const isLast = value >= -64 && value < 64
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
