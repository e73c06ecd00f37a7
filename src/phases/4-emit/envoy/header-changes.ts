import type { Destination, HeaderChanges, HeaderOperations } from '../../../model/http-route.ts'
import { compact, type Message } from './envoy-resource.ts'

/** Header operations as a route, virtual host or weighted cluster has them. */
export function headerMutations(changes: HeaderChanges | undefined): Message {
  if (changes === undefined) return {}
  return compact({
    request_headers_to_add: additions(changes.request),
    request_headers_to_remove: removals(changes.request),
    response_headers_to_add: additions(changes.response),
    response_headers_to_remove: removals(changes.response),
  })
}

/** The same for one of several destinations, with the cookie that tells which it was. */
export function destinationMutations({ headers, setCookie }: Destination): Message {
  const changes = headerMutations(headers)
  if (setCookie === undefined) return changes
  const before = (changes['response_headers_to_add'] ?? []) as readonly Message[]
  return {
    ...changes,
    response_headers_to_add: [...before, ...option('set-cookie', setCookie, 'APPEND_IF_EXISTS_OR_ADD')],
  }
}

function additions({ set, add }: HeaderOperations): Message[] | undefined {
  const entries = [
    ...Object.entries(set).map(([key, value]) => option(key, value, 'OVERWRITE_IF_EXISTS_OR_ADD')),
    ...Object.entries(add).map(([key, value]) => option(key, value, 'APPEND_IF_EXISTS_OR_ADD')),
  ].flat()
  return entries.length === 0 ? undefined : entries
}

/** Envoy refuses pseudo-headers here; the authority is rewritten by {@link hostRewrite}. */
function option(key: string, value: string, append_action: string): Message[] {
  return isPseudo(key) ? [] : [{ header: { key, value }, append_action }]
}

function removals({ remove }: HeaderOperations): string[] | undefined {
  const names = remove.filter(name => !isPseudo(name))
  return names.length === 0 ? undefined : names
}

function isPseudo(name: string): boolean {
  return name.startsWith(':') || name.toLowerCase() === 'host'
}

/** Setting `host` or `:authority` means rewriting the authority. */
export function hostRewrite(operations: HeaderOperations | undefined): string | undefined {
  const found = Object.entries({ ...operations?.add, ...operations?.set }).find(
    ([name]) => name === ':authority' || name.toLowerCase() === 'host',
  )
  return found?.[1]
}
