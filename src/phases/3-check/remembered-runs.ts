/**
 * Runs policies that were run before: what they found of a node holds for as long as the node, and all that they read of the mesh, stay
 * the same objects. After an edit of one file nearly everything does.
 */
import type { Mesh } from '../../model/mesh.ts'
import type { AnyPolicy, Policy, PolicyHandlers } from '../../policy.ts'
import { memo } from '../../util/memo.ts'
import { ownValue } from '../../util/own-value.ts'
import { type FoundProblem, foundBy, type Noun, nodesOf, nouns, type PolicyRun } from './run-policies.ts'

/** What a policy found the last time, of whichever mesh that was. */
interface Memory {
  readonly options: string
  /** Fields of the mesh that looking at its nodes read, as they were. */
  readonly reads: ReadonlyMap<string, unknown>
  readonly byNoun: ReadonlyMap<Noun, NounMemory>
  /** The same, and what was read beside, for what the mesh as a whole is looked at. */
  readonly wholeReads: ReadonlyMap<string, unknown>
  readonly whole: readonly FoundProblem[]
}

interface NounMemory {
  readonly list: readonly object[]
  /** Of each of them, in the same order. */
  readonly found: readonly (readonly FoundProblem[])[]
}

const memories = new WeakMap<object, Memory>()

/**
 * The same as `runPolicies`, for policies that keep nothing from one node to the next.
 *
 * @param options by rule: what replaces the policy's default options
 */
export function rerunPolicies(
  policies: readonly AnyPolicy[],
  mesh: Mesh,
  options: { readonly [rule: string]: object },
): PolicyRun {
  const problems: FoundProblem[] = []
  const failures: { rule: string; error: string }[] = []
  for (const policy of policies as unknown as readonly Policy[]) {
    try {
      const memory = rerun(policy, mesh, ownValue(options, policy.id))
      memories.set(policy, memory)
      problems.push(...memory.whole)
      for (const { found } of memory.byNoun.values())
        for (const some of found) if (some.length > 0) problems.push(...some)
    } catch (error) {
      memories.delete(policy)
      failures.push({ rule: policy.id, error: String(error) })
    }
  }
  return { problems, failures }
}

function rerun(policy: Policy, mesh: Mesh, own: object | undefined): Memory {
  const options = JSON.stringify(own ?? {})
  const known = memories.get(policy)
  const before = known?.options === options && isSame(known.reads, mesh) ? known : undefined
  const look = new Look(policy, mesh, own)
  const byNoun = new Map<Noun, NounMemory>()
  // Of one that was never asked it is not known yet which nouns it is about.
  const asked = before === undefined ? nouns.filter(noun => look.handlers[noun] !== undefined) : before.byNoun.keys()
  for (const noun of asked) byNoun.set(noun, look.nodes(noun, before?.byNoun.get(noun)))
  const reads = new Map([...(before?.reads ?? []), ...look.reads])
  const isWholeSame = before !== undefined && isSame(before.wholeReads, mesh)
  // Last, for what was read before may be used again.
  const whole = isWholeSame ? before.whole : look.whole()
  const wholeReads = isWholeSame ? before.wholeReads : new Map([...reads, ...look.reads])
  return { options, reads, byNoun, wholeReads, whole }
}

function isSame(reads: ReadonlyMap<string, unknown>, mesh: Mesh): boolean {
  for (const [field, value] of reads) if (mesh[field as keyof Mesh] !== value) return false
  return true
}

const nothing: readonly FoundProblem[] = []

/** A policy that looks at a mesh: it is made when it is needed first. */
class Look {
  readonly reads = new Map<string, unknown>()
  readonly #policy: Policy
  readonly #mesh: Mesh
  readonly #options: object | undefined
  #made: PolicyHandlers | undefined

  constructor(policy: Policy, mesh: Mesh, options: object | undefined) {
    this.#policy = policy
    this.#mesh = mesh
    this.#options = options
  }

  get handlers(): PolicyHandlers {
    this.#made ??= this.#policy.create({
      mesh: this.#noted(),
      options: { ...this.#policy.options, ...this.#options },
    })
    return this.#made
  }

  /** The mesh, of which each field is noted that is read. */
  #noted(): Mesh {
    const { reads } = this
    const note = (mesh: Mesh, field: string) => {
      const value = mesh[field as keyof Mesh]
      reads.set(field, value)
      return value
    }
    return new Proxy(this.#mesh, {
      get: (mesh, field) => note(mesh, String(field)),
      has: (mesh, field) => note(mesh, String(field)) !== undefined,
      ownKeys(mesh) {
        for (const field of Object.keys(mesh)) note(mesh, field)
        return Reflect.ownKeys(mesh)
      },
    })
  }

  whole(): readonly FoundProblem[] {
    const found = this.handlers.mesh?.(this.#noted())
    return found === undefined ? nothing : foundBy(this.#policy, found)
  }

  nodes(noun: Noun, before: NounMemory | undefined): NounMemory {
    const list = nodesOf(this.#mesh, noun)
    if (before?.list === list) return before
    const found = list.map((node, index) => {
      const place = before?.list[index] === node ? index : before && placesIn(before.list).get(node)
      return place === undefined ? this.#node(noun, node) : before!.found[place]!
    })
    return { list, found }
  }

  #node(noun: Noun, node: object): readonly FoundProblem[] {
    const handler = this.handlers[noun] as
      | ((node: object) => ReturnType<NonNullable<PolicyHandlers['mesh']>>)
      | undefined
    const found = handler?.(node)
    return found === undefined ? nothing : foundBy(this.#policy, found)
  }
}

/** Where each node stands in a list: once for all policies, and only where one stands elsewhere than before. */
const placesIn = memo(
  (list: readonly object[]): ReadonlyMap<object, number> => new Map(list.map((node, index) => [node, index])),
)
