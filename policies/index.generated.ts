// Generated from the folders beside this file by `npm run generate`.
import type { AnyPolicy } from 'meshwright/policy'
import closedToDatagrams from './closed-to-datagrams/rule.ts'
import duplicateRoute from './duplicate-route/rule.ts'
import emptySubset from './empty-subset/rule.ts'
import gatewayHostOverlap from './gateway-host-overlap/rule.ts'
import hiddenRoute from './hidden-route/rule.ts'
import hostWithoutAddress from './host-without-address/rule.ts'
import httpRuleOnTcp from './http-rule-on-tcp/rule.ts'
import identityWithoutMtls from './identity-without-mtls/rule.ts'
import keptAddress from './kept-address/rule.ts'
import machineByName from './machine-by-name/rule.ts'
import overruled from './overruled/rule.ts'
import plaintextGateway from './plaintext-gateway/rule.ts'
import policyWithoutWorkload from './policy-without-workload/rule.ts'
import portOfService from './port-of-service/rule.ts'
import portProtocol from './port-protocol/rule.ts'
import refusedByMtls from './refused-by-mtls/rule.ts'
import retryBudget from './retry-budget/rule.ts'
import routeTimeout from './route-timeout/rule.ts'
import serverFirstPort from './server-first-port/rule.ts'
import serviceWithoutWorkload from './service-without-workload/rule.ts'
import shadowedHost from './shadowed-host/rule.ts'
import shadowedRoute from './shadowed-route/rule.ts'
import sharedHeadlessPort from './shared-headless-port/rule.ts'
import tlsWithinTls from './tls-within-tls/rule.ts'
import tokenNotVerified from './token-not-verified/rule.ts'
import unboundHost from './unbound-host/rule.ts'
import uncarriedRule from './uncarried-rule/rule.ts'
import unchosenEndpoint from './unchosen-endpoint/rule.ts'
import unknownCaller from './unknown-caller/rule.ts'
import unknownEgressHost from './unknown-egress-host/rule.ts'
import unknownGateway from './unknown-gateway/rule.ts'
import unknownHost from './unknown-host/rule.ts'
import unknownSubset from './unknown-subset/rule.ts'
import unmatchedEndpoints from './unmatched-endpoints/rule.ts'
import unreachedDelegate from './unreached-delegate/rule.ts'
import unreachedMatch from './unreached-match/rule.ts'
import unreadTelemetry from './unread-telemetry/rule.ts'
import unresolvedDelegate from './unresolved-delegate/rule.ts'
import unroutedVersion from './unrouted-version/rule.ts'
import unsaidPort from './unsaid-port/rule.ts'
import unservedGateway from './unserved-gateway/rule.ts'
import unusedPortSettings from './unused-port-settings/rule.ts'
import weightsSum from './weights-sum/rule.ts'
import wildcardHost from './wildcard-host/rule.ts'

export const policies = [
  closedToDatagrams,
  duplicateRoute,
  emptySubset,
  gatewayHostOverlap,
  hiddenRoute,
  hostWithoutAddress,
  httpRuleOnTcp,
  identityWithoutMtls,
  keptAddress,
  machineByName,
  overruled,
  plaintextGateway,
  policyWithoutWorkload,
  portOfService,
  portProtocol,
  refusedByMtls,
  retryBudget,
  routeTimeout,
  serverFirstPort,
  serviceWithoutWorkload,
  shadowedHost,
  shadowedRoute,
  sharedHeadlessPort,
  tlsWithinTls,
  tokenNotVerified,
  unboundHost,
  uncarriedRule,
  unchosenEndpoint,
  unknownCaller,
  unknownEgressHost,
  unknownGateway,
  unknownHost,
  unknownSubset,
  unmatchedEndpoints,
  unreachedDelegate,
  unreachedMatch,
  unreadTelemetry,
  unresolvedDelegate,
  unroutedVersion,
  unsaidPort,
  unservedGateway,
  unusedPortSettings,
  weightsSum,
  wildcardHost,
] satisfies readonly AnyPolicy[]
