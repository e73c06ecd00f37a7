/**
 * What a mesh imports: the authoring vocabulary and its types. Re-exports only.
 */
export { type Access, allow, deny } from './authoring/access.ts'
export type {
  AccessOptions,
  AddressCaller,
  Caller,
  Expected,
  NamespaceCaller,
  PrincipalCaller,
  TokenCaller,
} from './authoring/access-options.ts'
export { calls } from './authoring/calls.ts'
export {
  authority,
  type Comparisons,
  type Condition,
  caller,
  type HeaderComparisons,
  type HttpMethod,
  header,
  method,
  type PathOptions,
  path,
  query,
} from './authoring/condition.ts'
export type { Duration } from './authoring/duration.ts'
export { type ExposeOptions, expose } from './authoring/expose.ts'
export { type External, type ExternalOptions, external } from './authoring/external.ts'
export { type Gateway, type GatewayOptions, gateway, type ServerOptions, type TlsOptions } from './authoring/gateway.ts'
export { type Declared, gatewayApi, istio, kubernetes, type MeshConfigOptions } from './authoring/kinds.ts'
export { type CountedBy, type Limit, type LimitOptions, limit, type QuotaOptions, quota } from './authoring/limit.ts'
export { type Mtls, type MtlsMode, type MtlsOptions, mtls } from './authoring/mtls.ts'
export { param } from './authoring/param.ts'
export { type Processing, type ProcessingOptions, processing, type Shown } from './authoring/processing.ts'
export type { AskedOptions, Filtered, FilterOptions } from './authoring/proxy-filter.ts'
export { type Route, type RouteOptions, route } from './authoring/route.ts'
export {
  type Actions,
  type AnsweringRule,
  type ForwardingRule,
  otherwise,
  type Rule,
  type RuleStart,
  type Target,
  type Weights,
  when,
} from './authoring/rule.ts'
export type {
  AbortOptions,
  CorsOptions,
  CorsOrigin,
  GrpcError,
  HeaderEdits,
  RedirectOptions,
  RetryCondition,
  RetryOptions,
  RewriteOptions,
  ShareOptions,
  TargetOptions,
} from './authoring/rule-options.ts'
export {
  type AnyService,
  type Callee,
  type PortOptions,
  type PortProtocol,
  type Service,
  type ServiceOptions,
  service,
  type Version,
} from './authoring/service.ts'
export {
  type ConnectionOptions,
  type HashBy,
  type OutlierOptions,
  type TrafficOptions,
  traffic,
} from './authoring/traffic.ts'
export { type WorkloadOptions, workload } from './authoring/workload.ts'
