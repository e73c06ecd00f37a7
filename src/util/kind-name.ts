/** A kind as people tell it from one of the same name: `Secret` of Kubernetes’ own, `Secret.vault.example` of another group. */
export function kindName({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return group === '' ? kind : `${kind}.${group}`
}
