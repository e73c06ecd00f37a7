import { httpFilterSettings } from '../kinds/istio/envoy-messages.ts'
import type { Duration } from './duration.ts'
import { type Carries, declaredValue } from './internals.ts'
import {
  type AskedOptions,
  declareFilter,
  envoyDuration,
  type Filtered,
  type FilterOptions,
  grpcService,
} from './proxy-filter.ts'
import { site, traced } from './trace.ts'

/** A declared service that looks at requests and answers, and may change them. */
export interface Processing extends Carries<{ readonly declaration: number }> {
  readonly [processingTag]: true
}
declare const processingTag: unique symbol

/** How much of a message a service is shown: nothing, its headers, or its whole body, too. */
export type Shown = 'nothing' | 'headers' | 'body'

export interface ProcessingOptions<Ports extends string = string, Asked extends string = string>
  extends FilterOptions<Ports>,
    AskedOptions<Asked> {
  /** Of requests. Default: `headers`. */
  readonly request?: Shown
  /** Of answers. Default: `nothing`. */
  readonly response?: Shown
  /** How long it may take over each part. Default: 200ms. */
  readonly timeout?: Duration
  /** What becomes of requests where it does not answer. Default: `refuse`, with 500. */
  readonly onFailure?: 'allow' | 'refuse'
}

/**
 * Shows requests, or answers, to a service that may change or refuse them, by Envoy's external processing (ext_proc). Stands for
 * an Istio EnvoyFilter.
 *
 * @example
 * export const scrubbed = processing(web, { by: scrubber, response: 'headers' })
 */
export function processing<Ports extends string, Asked extends string>(
  target: Filtered<Ports>,
  options: ProcessingOptions<NoInfer<Ports>, Asked>,
): Processing {
  const at = site()
  const { request = 'headers', response = 'nothing', onFailure } = options
  const settings = httpFilterSettings('ext_proc.v3.ExternalProcessor', {
    grpc_service: grpcService(options, at),
    failure_mode_allow: onFailure === 'allow',
    message_timeout: traced(envoyDuration(options.timeout), at, 1, 'timeout'),
    processing_mode: {
      request_header_mode: headerMode(request),
      response_header_mode: headerMode(response),
      request_body_mode: bodyMode(request),
      response_body_mode: bodyMode(response),
    },
  })
  const declaration = declareFilter({ word: 'processing', at, target, options, settings })
  return declaredValue({ declaration }) as Processing
}

function headerMode(shown: Shown): string {
  return shown === 'nothing' ? 'SKIP' : 'SEND'
}

function bodyMode(shown: Shown): string {
  return shown === 'body' ? 'BUFFERED' : 'NONE'
}
