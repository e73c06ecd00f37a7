import type { Resource } from '../../src/kinds/resource.ts'

/** What holds a mesh's settings: Istio's ConfigMap. */
export function meshSettings(mesh: object): Resource {
  const metadata = { name: 'istio', namespace: 'istio-system' }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mesh: JSON.stringify(mesh) } }
}
