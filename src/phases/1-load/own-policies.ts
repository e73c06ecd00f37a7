import { ownPoliciesFailed } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { startOf } from '../../diagnostics/span.ts'
import type { Mesh } from '../../model/mesh.ts'
import { isObject } from '../../util/is-object.ts'
import { configFile } from './config.ts'
import { runInSandbox } from './evaluate.ts'
import type { MeshConfig } from './loaded.ts'
import { isListOf, isText } from './read-evaluation.ts'

/** Makes the bundle of mesh.config.ts a function of the mesh; `default` and the runner are its exports. */
const callPolicies = `
meshwrightBundle = { run: ({ mesh, options }) => {
  const { policies } = config
  return { rules: policies.map(({ id, meta }) => ({ id, severity: meta.severity, recommended: false })), run: run(policies, mesh, options) }
} }`

/** What the user's own policies say of themselves and of a mesh; the shape of check's `OwnPolicies`. */
export interface OwnPolicyRun {
  readonly rules: readonly {
    readonly id: string
    readonly severity: 'error' | 'warning' | 'info'
    readonly recommended: boolean
  }[]
  readonly run: {
    readonly problems: readonly never[]
    readonly failures: readonly { readonly rule: string; readonly error: string }[]
  }
}

/**
 * Runs the user's own policies over a mesh, in the sandbox and within its limits.
 *
 * @returns undefined where mesh.config.ts declares none, or where they could not be run
 */
export async function runOwnPolicies(config: MeshConfig, mesh: Mesh): Promise<Outcome<OwnPolicyRun | undefined>> {
  if (config.policyBundle === undefined) return { value: undefined, diagnostics: [] }
  const code = `${config.policyBundle}\nconst { default: config, __meshwrightRunPolicies: run } = meshwrightBundle${callPolicies}`
  const answer = await runInSandbox(code, { entryCall: 'run', input: { mesh, options: optionsOf(config) } })
  if (answer.kind !== 'value') return { value: undefined, diagnostics: [failed(answer)] }
  const run: unknown = JSON.parse(answer.json)
  if (isRun(run)) return { value: run, diagnostics: [] }
  return {
    value: undefined,
    diagnostics: [failed({ kind: 'a policy or a problem lacks id, severity, message or place' })],
  }
}

/** Rules are untrusted code: what they answer is believed as far as each member has the type that check reads. */
function isRun(value: unknown): value is OwnPolicyRun {
  if (!isObject(value) || !isObject(value['run'])) return false
  const { problems, failures } = value['run']
  return isListOf(value['rules'], isRule) && isListOf(problems, isProblem) && isListOf(failures, isFailure)
}

function isRule(rule: unknown): rule is OwnPolicyRun['rules'][number] {
  return isObject(rule) && isText(rule['id']) && ['error', 'warning', 'info'].includes(String(rule['severity']))
}

function isProblem(problem: unknown): problem is never {
  if (!isObject(problem) || !isText(problem['rule']) || !isText(problem['text']) || !isText(problem['at'])) return false
  const { help, related } = problem
  const isRelated = (item: unknown): item is object => isObject(item) && isText(item['at']) && isText(item['message'])
  return (help === undefined || isText(help)) && (related === undefined || isListOf(related, isRelated))
}

function isFailure(failure: unknown): failure is OwnPolicyRun['run']['failures'][number] {
  return isObject(failure) && isText(failure['rule']) && isText(failure['error'])
}

/** By rule: the options that mesh.config.ts sets. */
function optionsOf(config: MeshConfig): { readonly [rule: string]: object } {
  const entries = Object.entries(config.rules ?? {}).flatMap(([id, setting]) =>
    Array.isArray(setting) && typeof setting[1] === 'object' ? [[id, setting[1] as object] as const] : [],
  )
  return Object.fromEntries(entries)
}

function failed(answer: { readonly kind: string; readonly message?: unknown }): Diagnostic {
  const reason = typeof answer.message === 'string' ? answer.message : answer.kind
  return ownPoliciesFailed({ span: startOf(configFile) }, { reason })
}
