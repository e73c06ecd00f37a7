/** Statuses of the Gateway API's objects, and conditions as tests compare them. */

export const controllerName = 'meshwright.dev/gateway-controller'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
  readonly lastTransitionTime: string
}

/** `Accepted=True Accepted @1`. */
export function shown(conditions: readonly Condition[] | undefined): string[] {
  return (conditions ?? []).map(({ type, status, reason, observedGeneration }) => {
    return `${type}=${status} ${reason} @${observedGeneration}`
  })
}

export interface Status {
  readonly conditions?: readonly Condition[]
  readonly addresses?: readonly { readonly type: string; readonly value: string }[]
  readonly attachedListenerSets?: number
  readonly listeners?: readonly {
    readonly name: string
    readonly attachedRoutes: number
    readonly supportedKinds: readonly object[]
    readonly conditions: readonly Condition[]
  }[]
  readonly ancestors?: readonly {
    readonly ancestorRef: { readonly name: string }
    readonly controllerName: string
    readonly conditions: readonly Condition[]
  }[]
  readonly parents?: readonly {
    readonly parentRef: { readonly name: string }
    readonly controllerName: string
    readonly conditions: readonly Condition[]
  }[]
}

/** Of one of its kinds, by the plural. */
export function definitionPath(plural: string): string {
  return `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.gateway.networking.k8s.io`
}

/** Of the Service that leads to the gateways. */
export const edgePorts = [
  { name: 'http', port: 80 },
  { name: 'kinds', port: 8090 },
]
