/** The server's process: a control plane over a synthetic mesh, steered by its parent's messages. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlPlane } from '../../src/agent/control-plane.ts'
import { compile } from '../../src/compile.ts'
import type { Mesh } from '../../src/model/mesh.ts'
import type { Resolved } from '../../src/phases/2-resolve/resolve.ts'
import { writeServiceFile } from './synthetic-mesh.ts'

const folder = mkdtempSync(join(tmpdir(), 'mesh-bench-'))
const services = Number(process.argv[2])
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('disconnect', () => process.exit(0))

async function resolved(timeout: string | undefined): Promise<Resolved> {
  writeServiceFile(folder, services, timeout)
  const compiled = await compile({ path: folder, today: '2026-01-01' })
  if (compiled.resolved === undefined) throw new Error('the synthetic mesh does not compile')
  return compiled.resolved
}

const plain = await resolved(undefined)
const routed = await resolved('2s')
// Loading is measured elsewhere: what is served here is ready, as it is when a watcher has compiled.
const plane = new ControlPlane({ digest: plain.digest, mesh: plain.mesh })
const address = await plane.listen({ host: '127.0.0.1', port: 0 })
let cpu = process.cpuUsage()

/** The mesh with one workload more: one more endpoint for service 0. */
function withEndpoint(mesh: Mesh): Mesh {
  const [first] = mesh.workloads
  return { ...mesh, workloads: [...mesh.workloads, { ...first!, name: `${first!.name}-more` }] }
}

const steps: { readonly [step: string]: () => void } = {
  route: () => plane.serve({ digest: routed.digest, mesh: routed.mesh }),
  endpoint: () => plane.serve({ digest: `${routed.digest}-endpoint`, mesh: withEndpoint(routed.mesh) }),
  reset: () => plane.serve({ digest: plain.digest, mesh: plain.mesh }),
}

process.on('message', (step: string) => {
  if (step === 'usage') {
    const { user, system } = process.cpuUsage(cpu)
    process.send?.({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage().rss / 2 ** 20 })
  } else {
    cpu = process.cpuUsage()
    steps[step]?.()
    process.send?.({})
  }
})
process.send?.({ address })
