/** Which namespaces hold what is said of the whole mesh: MeshConfig may name another one than Istio's. */
import type { Mesh } from '../../model/mesh.ts'
import { type MeshSettings, settingsOf } from '../../model/mesh-settings.ts'
import { memo } from '../../util/memo.ts'

/** Istio's `rootNamespace` where MeshConfig names none. */
const istioRoot = 'istio-system'

export type Rooted = Pick<Mesh, 'rootNamespaces'> & { readonly settings: readonly MeshSettings[] }

/** The settings that hold stand in the namespace that they name, wherever they were written. */
export function rooted({ settings, rootNamespaces }: Rooted): Rooted {
  const held = settingsOf({ settings, rootNamespaces })
  const root = held?.rootNamespace
  if (held === undefined || root === undefined) return { settings, rootNamespaces }
  const others = rootNamespaces.filter(name => name !== istioRoot && name !== root)
  return {
    settings: settings.map(each => (each === held ? moved(each) : each)),
    rootNamespaces: [root, ...others],
  }
}

const moved = memo((settings: MeshSettings): MeshSettings => {
  const { rootNamespace: namespace = settings.namespace } = settings
  return { ...settings, namespace }
})
