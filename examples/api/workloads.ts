import { type Declared, kubernetes, workload } from 'meshwright'

/** What runs in the examples' workloads: a server that answers nothing. */
export const run = workload({ command: ['node', '--eval', 'require("http").createServer().listen(process.env.PORT)'] })

/** A workload whose proxy knows every host that its namespace may see: no Sidecar says whom it calls. */
export function caller(name: string, namespace = 'shop'): Declared<'Deployment'> {
  const labels = { app: name }
  return kubernetes.deployment({
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: `shop/${name}:1` }] } },
    },
  })
}
