import type { Resource } from '../../src/kinds/resource.ts'

export const webLabels = { app: 'web' }

/** A workload of one pod, for Services that select `webLabels`. */
export const webDeployment: Resource = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    selector: { matchLabels: webLabels },
    template: { metadata: { labels: webLabels }, spec: { containers: [{ name: 'web', image: 'web' }] } },
  },
}
