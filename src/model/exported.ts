/** Who sees a resource of another namespace. */

/** @param exportTo `*` all, `.` its own, or a namespace; absent: all (Istio's default) */
export function isSeenFrom(
  { namespace, exportTo }: { readonly namespace: string; readonly exportTo?: readonly string[] },
  from: string,
): boolean {
  if (exportTo === undefined) return true
  return exportTo.some(to => to === '*' || to === from || (to === '.' && namespace === from))
}
