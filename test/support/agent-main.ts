/** An agent as its pod starts it, on ports that are free; its parent may ask what it costs. */
import { runAgent } from '../../src/cli/run-agent.ts'

const { kubeconfig, values, ports } = JSON.parse(process.argv[2] ?? '') as {
  readonly kubeconfig: string
  readonly values: string
  readonly ports: { readonly xds: number; readonly webhook: number; readonly health: number }
}
let cpu = { user: 0, system: 0 }
process.on('message', () => {
  const { user, system } = process.cpuUsage(cpu)
  cpu = process.cpuUsage()
  process.send?.({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage().rss / 2 ** 20 })
})
// Nobody would end it once its parent has gone.
process.on('disconnect', () => process.exit(0))
process.exit(await runAgent({ kubeconfig, values }, ports))
