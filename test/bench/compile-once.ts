/** A process of its own, so that cold is cold: compiles a folder, edits one file, compiles again. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '../../src/compile.ts'
import { allocate, emitProxy } from '../../src/phases/4-emit/envoy/index.ts'

const folder = process.argv[2]!
const skipTypes = process.argv[3] === 'untyped'

async function timed(previous?: Awaited<ReturnType<typeof compile>>) {
  const started = performance.now()
  const compiled = await compile({
    path: folder,
    skipTypes,
    limits: { timeMs: 60_000, memoryBytes: 2 ** 31 },
    ...(previous === undefined ? {} : { previous }),
  })
  const ms = performance.now() - started
  if (compiled.isBroken)
    throw new Error(
      compiled.diagnostics
        .map(({ message }) => message)
        .slice(0, 3)
        .join('\n'),
    )
  return { compiled, ms }
}

const cold = await timed()
const part = ['part-0.ts', 'part-0.yaml'].map(name => join(folder, name)).find(existsSync)!
writeFileSync(part, readFileSync(part, 'utf8').replace(/(timeout(?:\('|: ))2s/, '$13s'))
const edited = await timed(cold.compiled)
const { mesh } = edited.compiled.resolved!
const emitStarted = performance.now()
const placement = allocate(mesh)
const first = Object.values(placement.proxies)[0]
if (first !== undefined) emitProxy(mesh, placement, first)
const emitMs = performance.now() - emitStarted
process.stdout.write(
  JSON.stringify({ coldMs: cold.ms, editedMs: edited.ms, emitMs, peakMb: process.resourceUsage().maxRSS / 1024 }),
)
process.exit(0)
