/** Which namespaces a Gateway lets routes and listeners come from. */
import type { NamespaceSelector, RouteNamespaces } from '../../../kinds/gateway-api/gateway.ts'
import { type Labels, selects } from '../../../model/node.ts'
import { ownValue } from '../../../util/own-value.ts'
import type { ApiResources } from './resources.ts'

/** Is what is in a namespace let in by a Gateway, or ListenerSet, of another, or of the same? */
export function isFrom(
  { from = 'Same', selector }: RouteNamespaces = {},
  { own, gateway, namespaces }: { own: string; gateway: string; namespaces: ApiResources['namespaces'] },
): boolean {
  if (from === 'All') return true
  if (from === 'Same') return own === gateway
  // As Kubernetes has it: a selector that is empty takes all, and none takes nothing. Each namespace has a label with its name.
  return selector !== undefined && fits(selector, { 'kubernetes.io/metadata.name': own, ...namespaces.get(own) })
}

function fits({ matchLabels = {}, matchExpressions = [] }: NamespaceSelector, labels: Labels): boolean {
  return (
    selects(matchLabels, labels) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = ownValue(labels, key)
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      const isIn = value !== undefined && values.includes(value)
      return operator === 'In' ? isIn : operator === 'NotIn' && !isIn
    })
  )
}
