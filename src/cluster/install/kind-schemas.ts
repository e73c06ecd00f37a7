/** The JSON Schemas that `npm run generate` makes from our types, as they lie in the package. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KindDefinition } from '../../kinds/definition.ts'

const schemaFolder = join(import.meta.dirname, '../../../schemas')

/** Below the folder of schemas, and in the package: `networking.istio.io/virtual-service.json`. */
export function schemaPath({ kind, apiVersions }: KindDefinition): string {
  const [group, version] = apiVersions[0].split('/')
  const file = kind.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()
  return `${version === undefined ? 'core' : group}/${file}.json`
}

export function schemaText(definition: KindDefinition): string {
  return readFileSync(join(schemaFolder, schemaPath(definition)), 'utf8')
}
