/** What a proxy does about traces. Who collects them is for a proxy's own bootstrap to say; else requests are marked, and no more. */
import type { Recording, TraceTag } from '../../../model/recording.ts'
import { compact, type Message, typed } from './envoy-resource.ts'

/** Whoever comes first decides for all behind it: the decision goes along in the request's id. */
export function tracing({ traceSampling, traceTags = [], isTraceHidden }: Recording): Message | undefined {
  if (traceSampling === undefined) return undefined
  return compact({
    random_sampling: { value: Math.min(100, traceSampling) },
    custom_tags: traceTags.length === 0 ? undefined : traceTags.map(customTag),
    no_context_propagation: isTraceHidden,
  })
}

/** Ids that say nothing of traces. */
export const unmarkedIds: Message = {
  typed_config: typed('envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig', {
    use_request_id_for_trace_sampling: false,
  }),
}

function customTag(tag: TraceTag): Message {
  const { name } = tag
  if (tag.kind === 'literal') return { tag: name, literal: { value: tag.value } }
  if (tag.kind === 'format') return { tag: name, value: tag.format }
  const source = compact({ name: tag.source, default_value: tag.absent })
  return tag.kind === 'environment' ? { tag: name, environment: source } : { tag: name, request_header: source }
}
