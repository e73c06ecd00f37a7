/** A vocabulary of two words, so that tests of places do not move with the real one. */
import { declarationTag, declare } from '../../../src/authoring/declaration.ts'
import { site, traced } from '../../../src/authoring/trace.ts'

export interface Thing {
  readonly [declarationTag]: number
  also(name: string, spec?: unknown): Thing
}

export function thing(name: string, spec?: unknown, uses: readonly Thing[] = []): Thing {
  return declareThing(site(), name, spec, uses)
}

export class Box {
  readonly [declarationTag]: number
  constructor(name: string) {
    this[declarationTag] = declareThing(site(), name, undefined, [])[declarationTag]
  }
}

/** A word that is called as a template. */
export function named(parts: TemplateStringsArray): Thing {
  return declareThing(site(), parts.join(''), undefined, [])
}

function declareThing(at: number, name: string, spec: unknown, uses: readonly Thing[]): Thing {
  const resource = {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: traced(name, at, 0) },
    spec: traced(spec, at, 1),
  }
  const build = () => [traced(resource, at)]
  const index = declare({ word: 'thing', name, site: at, uses: uses.map(used => used[declarationTag]), build })
  return {
    [declarationTag]: index,
    also(next: string, nextSpec?: unknown) {
      return declareThing(site(), next, nextSpec, [this as Thing])
    },
  }
}
