import type { Outcome } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../diagnostics/span.ts'
import type { Resource } from '../../kinds/resource.ts'

/** A resource as the author wrote it, with the ranges of its parts. */
export interface LoadedResource {
  readonly resource: Resource
  /** The call or the YAML document as a whole. */
  readonly span: Span
  /** What the author declared, where that stands for several resources: one object for all of them. Absent for YAML. */
  readonly declaration?: DeclaredBy
  /**
   * The range of the value at a JSON pointer, or of the nearest one around it that has a range. Computed when asked:
   * most positions are never needed.
   *
   * @param part `key`: the range of the value's name, where the source has it. Default: `value`
   */
  readonly spanAt: (pointer: string, part?: Part) => Span
  /**
   * The option that the author wrote for the value at a pointer, as keys and indexes of the call's argument; undefined
   * where the pointer ends in the very same names, and for what is no option. Absent for YAML, which has the resource's
   * own names.
   */
  readonly optionAt?: (pointer: string) => readonly (string | number)[] | undefined
  /** The pointer by which the author's own value has it, where items before it were taken out of a list. */
  readonly authoredPointer?: (pointer: string) => string
}

/** A call of the vocabulary. */
export interface DeclaredBy {
  /** `service`, `route`, `istio.virtualService`. */
  readonly word: string
}

/** Which half of a mapping's member a finding is about: a name that is wrong is marked itself, not what it names. */
export type Part = 'key' | 'value'

export interface LoadOptions {
  /** A folder, or a file (*.ts, *.yaml, *.json), absolute or relative to the working directory; or `-`: `standardInput`. */
  readonly path: string
  /** Documents that came by standard input. mesh.config.ts is then that of the working directory. */
  readonly standardInput?: Uint8Array
  /** Values for the mesh's declared parameters, as text. */
  readonly params?: Readonly<{ [name: string]: string }>
  /** Folders that YAML is not looked for in, relative to the mesh's folder (the output folder, say). */
  readonly ignore?: readonly string[]
  /** Leave out meshes that lie below a folder that is none, for callers that want its YAML. Default false: nothing is loaded. */
  readonly withoutMeshes?: boolean
  readonly limits?: Partial<LoadLimits>
  /** Skip the type-checker: for callers that run it apart. Default false. */
  readonly skipTypes?: boolean
}

export interface LoadLimits {
  /** Time of an evaluation on a processor, ms; by the clock it may take four times as long. */
  readonly timeMs: number
  /** Heap of the sandbox, bytes. */
  readonly memoryBytes: number
  /** The largest source file, bytes. */
  readonly fileBytes: number
}

export interface Loaded {
  /** Real path of the mesh's folder. */
  readonly root: string
  readonly resources: readonly LoadedResource[]
  /** Lack parameters their values? Then the resources hold placeholders, which are nothing to judge. */
  readonly isProvisional: boolean
  /** Files that were read, relative to `root`: what a watcher watches beside the folder itself. */
  readonly files: readonly string[]
  /** Sources by file, for code frames. */
  readonly sources: ReadonlyMap<string, string>
  /** What mesh.config.ts exports, evaluated in the sandbox; empty where there is none. */
  readonly config: MeshConfig
}

/** mesh.config.ts, as plain data. Rules of the user's own stay in the sandbox; `bundle` is what runs them there. */
export interface MeshConfig {
  /** The namespace of whatever names none. */
  readonly namespace?: string
  /** Is that namespace labelled, so that its pods get a proxy? */
  readonly injection?: boolean
  readonly ignore?: readonly string[]
  readonly presets?: readonly string[]
  /** By rule id: a severity, or a severity and options. */
  readonly rules?: Readonly<{ [id: string]: unknown }>
  readonly waivers?: readonly unknown[]
  /** JavaScript of the config's bundle, for evaluating its policies; absent without policies. */
  readonly policyBundle?: string
}

export type Load = (options: LoadOptions) => Promise<Outcome<Loaded | undefined>>
