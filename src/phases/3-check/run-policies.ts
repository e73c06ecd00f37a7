import type { Mesh } from '../../model/mesh.ts'
import type { AnyPolicy, Policy, PolicyHandlers, Problem } from '../../policy.ts'
import { ownValue } from '../../util/own-value.ts'

/** A problem with the policy that found it and its text filled in; plain JSON, so that it can leave the sandbox. */
export interface FoundProblem extends Problem {
  readonly rule: string
  readonly text: string
}

/** A rule that threw: a mistake in the rule, not in the mesh. */
export interface FailedRule {
  readonly rule: string
  readonly error: string
}

export interface PolicyRun {
  readonly problems: readonly FoundProblem[]
  readonly failures: readonly FailedRule[]
}

/** By noun: where a handler finds its nodes. */
const nodes = {
  service: 'services',
  workload: 'workloads',
  machine: 'machines',
  gateway: 'gateways',
  routing: 'routings',
  destination: 'destinations',
  scope: 'scopes',
  peerPolicy: 'peerPolicies',
  accessPolicy: 'accessPolicies',
  tokenPolicy: 'tokenPolicies',
  telemetry: 'telemetries',
} as const satisfies { readonly [noun in Exclude<keyof PolicyHandlers, 'mesh'>]: keyof Mesh }

export type Noun = keyof typeof nodes

export const nouns = Object.keys(nodes) as readonly Noun[]

export function nodesOf(mesh: Mesh, noun: Noun): readonly object[] {
  return mesh[nodes[noun]]
}

/**
 * Runs policies over a Mesh. The same function runs natively and in the sandbox.
 *
 * @param options by rule: what replaces the policy's default options
 */
export function runPolicies(
  policies: readonly AnyPolicy[],
  mesh: Mesh,
  options: { readonly [rule: string]: object },
): PolicyRun {
  const problems: FoundProblem[] = []
  const failures: FailedRule[] = []
  for (const policy of policies as unknown as readonly Policy[]) {
    try {
      const handlers = policy.create({ mesh, options: { ...policy.options, ...ownValue(options, policy.id) } })
      problems.push(...foundBy(policy, problemsOf(handlers, mesh)))
    } catch (error) {
      failures.push({ rule: policy.id, error: String(error) })
    }
  }
  return { problems, failures }
}

function* problemsOf(handlers: PolicyHandlers, mesh: Mesh): Iterable<Problem> {
  yield* handlers.mesh?.(mesh) ?? []
  for (const noun of nouns) {
    const handler = handlers[noun] as ((node: unknown) => Iterable<Problem> | undefined) | undefined
    if (handler === undefined) continue
    for (const node of nodesOf(mesh, noun)) yield* handler(node) ?? []
  }
}

/** Problems with their texts. */
export function foundBy(policy: Policy, problems: Iterable<Problem>): readonly FoundProblem[] {
  return Array.from(problems, problem => found(policy, problem))
}

function found(policy: Policy, problem: Problem): FoundProblem {
  const text = ownValue(policy.messages, problem.message) ?? problem.message
  const filled = text.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    String(ownValue(problem.data ?? {}, name) ?? whole),
  )
  const help = problem.help ?? policy.help
  return { ...problem, rule: policy.id, text: filled, ...(help === undefined ? {} : { help }) }
}
