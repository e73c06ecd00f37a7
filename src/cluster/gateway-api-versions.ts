/** Which versions of the Gateway API's definitions a cluster has, and whether they are known here. */
import { gatewayApiGroup } from '../kinds/index.ts'
import type { ApiObject } from './reflector.ts'
import type { Wanted } from './status-conditions.ts'

/** Where definitions say of which release of the API they are. */
export const bundleAnnotation = `${gatewayApiGroup}/bundle-version`

/** The newest release whose fields are all known, `v1.<minor>`; each one has what those before it had. */
const newestMinor = 7
export const bundleVersion = `v1.${newestMinor}.0`

type Definition = Pick<ApiObject, 'metadata'>

/** Is it one of the Gateway API's own group? Definitions are named `<plural>.<group>`. */
export function isGatewayApiDefinition({ metadata }: Definition): boolean {
  return metadata.name.endsWith(`.${gatewayApiGroup}`)
}

/**
 * What a GatewayClass says of the definitions that there are: all the same it is accepted, for what is known is served. Nothing where none
 * are known.
 */
export function supportedVersion(definitions: readonly Definition[]): Wanted[] {
  const own = definitions.filter(isGatewayApiDefinition)
  if (own.length === 0) return []
  const unknown = own.filter(each => !isKnown(versionOf(each)))
  if (unknown.length === 0) return [{ type: 'SupportedVersion', status: 'True', reason: 'SupportedVersion' }]
  const byVersion = [...Map.groupBy(unknown, each => versionOf(each) || 'no version')].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  const found = byVersion.map(
    ([version, all]) =>
      `${version} (${all
        .map(({ metadata }) => metadata.name)
        .sort()
        .join(', ')})`,
  )
  const message = `definitions of ${found.join('; ')} are there, and v1.0 to v1.${newestMinor} are supported: of others, what these have is served`
  return [{ type: 'SupportedVersion', status: 'False', reason: 'UnsupportedVersion', message }]
}

function versionOf({ metadata }: Definition): string | undefined {
  return metadata.annotations?.[bundleAnnotation]
}

function isKnown(version = ''): boolean {
  const minor = /^v1\.(\d+)\./.exec(version)?.[1]
  return minor !== undefined && Number(minor) <= newestMinor
}
