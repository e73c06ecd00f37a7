/** What ReferenceGrants allow. */
import type { ReferenceGrant } from '../../../kinds/gateway-api/reference-grant.ts'

/** Who names what. */
export interface Reference {
  readonly from: { readonly group: string; readonly kind: string; readonly namespace: string }
  readonly to: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string }
}

/** May it be named? Within a namespace everything may. */
export function isGranted({ from, to }: Reference, grants: readonly ReferenceGrant[]): boolean {
  if (from.namespace === to.namespace) return true
  return grants.some(
    ({ metadata, spec }) =>
      metadata.namespace === to.namespace &&
      spec.from.some(
        ({ group, kind, namespace }) => group === from.group && kind === from.kind && namespace === from.namespace,
      ) &&
      spec.to.some(
        ({ group, kind, name }) =>
          group === to.group && kind === to.kind && (name === undefined || name === '' || name === to.name),
      ),
  )
}
