/** What a proxy does about traces. Where nobody is named who collects them, a proxy's own bootstrap may; else requests are marked, and no more. */
import type { ProviderService } from '../../../model/provider-service.ts'
import { logsOf, type Recording, type Tracer, type TraceTag } from '../../../model/recording.ts'
import type { ProxyRecording } from '../../../model/telemetry-policy.ts'
import { compact, type Message, seconds, typed } from './envoy-resource.ts'
import { outboundCluster } from './names.ts'

/** Whoever comes first decides for all behind it: the decision goes along in the request's id. */
export function tracing(recording: Recording): Message | undefined {
  const { traceSampling, traceTags = [], isTraceHidden, isUntagged, tracer, maxPathBytes } = recording
  if (traceSampling === undefined) return undefined
  const tags = [...(tracer === undefined || isUntagged ? [] : istioTags(tracer)), ...traceTags.map(customTag)]
  return compact({
    random_sampling: { value: Math.min(100, traceSampling) },
    custom_tags: tags.length === 0 ? undefined : tags,
    no_context_propagation: isTraceHidden,
    provider: tracer === undefined ? undefined : provider(tracer),
    max_path_tag_length: tracer?.collector.maxPathBytes ?? maxPathBytes,
  })
}

/** Ids that say nothing of traces. */
export const unmarkedIds: Message = {
  typed_config: typed('envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig', {
    use_request_id_for_trace_sampling: false,
  }),
}

/** Istio's own; one of an author's with the same name comes later, and holds. */
function istioTags({ origin }: Tracer): Message[] {
  const tags = {
    'istio.canonical_service': origin.service,
    'istio.canonical_revision': origin.revision,
    'istio.namespace': origin.namespace,
    'istio.mesh_id': origin.mesh,
  }
  return Object.entries(tags).map(([name, value]) => customTag({ kind: 'literal', name, value }))
}

function customTag(tag: TraceTag): Message {
  const { name } = tag
  if (tag.kind === 'literal') return { tag: name, literal: { value: tag.value } }
  if (tag.kind === 'format') return { tag: name, value: tag.format }
  const source = compact({ name: tag.source, default_value: tag.absent })
  return tag.kind === 'environment' ? { tag: name, environment: source } : { tag: name, request_header: source }
}

/** Clusters that a listener needs which is recorded so. */
export function recordingClusters(recording: Recording): string[] {
  return [...new Set(servicesTold(recording).map(({ host, port }) => outboundCluster(host, port)))]
}

/** Hosts of the services that are told. */
export function recordingServices({ client, server }: ProxyRecording): string[] {
  return [client, server].flatMap(servicesTold).map(({ host }) => host)
}

function servicesTold(recording: Recording): ProviderService[] {
  const { tracer } = recording
  const logs = logsOf(recording).flatMap(({ sink }) =>
    sink === undefined || sink.kind === 'file' ? [] : [sink.service],
  )
  return tracer === undefined ? logs : [tracer.collector.service, ...logs]
}

function collectorCluster({ collector: { service } }: Tracer): string {
  return outboundCluster(service.host, service.port)
}

function provider(tracer: Tracer): Message {
  const { collector, origin } = tracer
  const { host, port } = collector.service
  const cluster = collectorCluster(tracer)
  if (collector.protocol === 'zipkin')
    return {
      name: 'envoy.tracers.zipkin',
      typed_config: typed('envoy.config.trace.v3.ZipkinConfig', {
        collector_cluster: cluster,
        collector_hostname: host,
        collector_endpoint: collector.path,
        collector_endpoint_version: 'HTTP_JSON',
        trace_id_128bit: !collector.hasShortIds,
        // Caller and callee have a span each (Istio's setting).
        shared_span_context: false,
      }),
    }
  const way =
    collector.protocol === 'otlp-grpc'
      ? { grpc_service: { envoy_grpc: { cluster_name: cluster, authority: host }, timeout: '10s' } }
      : {
          http_service: {
            http_uri: {
              uri: `http://${host}:${port}${collector.path}`,
              cluster,
              timeout: seconds(collector.timeoutMs),
            },
          },
        }
  const config = typed('envoy.config.trace.v3.OpenTelemetryConfig', {
    service_name: `${origin.service}.${origin.namespace}`,
    ...way,
  })
  return { name: 'envoy.tracers.opentelemetry', typed_config: config }
}
