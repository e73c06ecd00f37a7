import { pointerToken } from '../../util/pointer-token.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import { badForm, type RuleFinding } from '../rule-finding.ts'

/** What nobody else is to know: certificates with their keys, which gateways name, and passwords. */
export interface Secret {
  /** Group and version of the Kubernetes API: `v1`. */
  apiVersion: 'v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Secret'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** What it is for, which says what has to be in it: `kubernetes.io/tls` has `tls.crt` and `tls.key`. Default: `Opaque`. */
  type?: string
  /** Contents by name, in Base64. Default: none. */
  data?: { [name: string]: string } | null
  /** Contents by name, as they are; they go before those of `data`. Default: none. */
  stringData?: { [name: string]: string } | null
  /** May nobody change it any more? Default: false. */
  immutable?: boolean
}

/** What the API server demands of a Secret. What is in it stands in no finding’s text. */
export function* secretRules(resource: Resource): Iterable<RuleFinding> {
  const { data, stringData } = resource as unknown as Secret
  for (const [list, contents] of Object.entries({ data, stringData }))
    for (const name of Object.keys(contents ?? {}))
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(name))
        yield {
          ...badForm(
            `/${list}/${pointerToken(name)}`,
            name,
            'a name',
            'use letters, digits, hyphens, underscores and dots',
          ),
          isName: true,
        }
  for (const [name, text] of Object.entries(data ?? {}))
    if (!isBase64(text))
      yield badForm(`/data/${pointerToken(name)}`, '…', 'Base64', 'encode it, or write it as it is under stringData')
}

/** Line breaks do not count. */
function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replaceAll(/[\r\n]/g, ''))
}
