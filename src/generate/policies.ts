import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** policies/index.generated.ts: the list of built-in policies, one for each folder. */
export function generatePolicies(root: string): string {
  const ids = readdirSync(join(root, 'policies'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort()
  const variable = (id: string) => id.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return [
    '// Generated from the folders beside this file by `npm run generate`.',
    "import type { AnyPolicy } from 'meshwright/policy'",
    ...ids.map(id => `import ${variable(id)} from './${id}/rule.ts'`),
    '',
    'export const policies = [',
    ...ids.map(id => `  ${variable(id)},`),
    '] satisfies readonly AnyPolicy[]',
    '',
  ].join('\n')
}
