import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { codes, unknownCode } from '../../diagnostics/codes.generated.ts'
import { explain } from '../../diagnostics/explain.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { nearName } from '../../util/edit-distance.ts'
import { type CreateCommand, examples } from '../command.ts'
import { textTable } from '../text-table.ts'

/** `mesh explain`: what a finding means. */
export const explainCommand: CreateCommand = finish =>
  new Command('explain')
    .description('print what a finding means, and what to do about it')
    .argument('<code>', 'a code (MW1011) or a policy (shadowed-route)')
    .addHelpText(
      'after',
      examples(['mesh explain MW1011', 'a finding of the compiler'], ['mesh explain retry-budget', 'a policy']),
    )
    .action(async (code: string) => {
      const text = (await policyText(code)) ?? explain(code)
      if (text === undefined) throw await unknown(code)
      process.stdout.write(text)
      finish(0)
    })

/** `mesh policies`: the built-in rules. */
export const policiesCommand: CreateCommand = finish =>
  new Command('policies')
    .description('list the built-in policies')
    .addHelpText('after', examples(['mesh policies', 'each with the least preset that holds it: `strict` holds all']))
    .action(async () => {
      const rows = (await loadPolicies()).map(({ id, meta }) => {
        const preset = 'recommended' in meta && meta.recommended ? 'recommended' : 'strict'
        return [id, meta.severity, preset, meta.description]
      })
      process.stdout.write(textTable([['POLICY', 'SEVERITY', 'PRESET', 'DESCRIPTION'], ...rows]))
      finish(0)
    })

/** A policy's page, by its id; only ids of policies that exist are made into a path. */
async function policyText(id: string): Promise<string | undefined> {
  const policies = await loadPolicies()
  if (!policies.some(policy => policy.id === id)) return undefined
  const file = fileURLToPath(new URL(`../../../policies/${id}/rule.md`, import.meta.url))
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

async function unknown(code: string): Promise<Failure> {
  const slugs = Object.values(codes).map(({ slug }) => slug)
  const known = [...slugs, ...(await loadPolicies()).map(({ id }) => id)]
  const near = nearName(code, known)
  return new Failure(unknownCode({ notes: near === undefined ? [] : [`did you mean ${near}?`] }, { code }))
}

/** Loaded only where they are asked for: all commands are made for the help of each. */
async function loadPolicies() {
  return (await import('../../../policies/index.generated.ts')).policies
}
