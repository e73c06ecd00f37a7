/**
 * How an Envoy that we start logs what it makes of its configuration: errors alone, as Istio has it. Routes use `max_grpc_timeout` on
 * purpose (4-emit/envoy/route-action.ts says why), and Envoy warns of each such route, at each proxy, with each change.
 */
export const configurationLogFlags: readonly string[] = ['--component-log-level', 'misc:error']
