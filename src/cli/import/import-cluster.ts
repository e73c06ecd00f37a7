import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError } from '../../cluster/api-error.ts'
import { authoredObjects } from '../../cluster/authored-objects.ts'
import { withoutDefaults } from '../../cluster/written-defaults.ts'
import { commandFailed } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import type { Resource } from '../../kinds/resource.ts'
import { toYaml } from '../../phases/4-emit/resource-files.ts'
import { type ClusterFlags, clusterOf } from '../cluster-flags.ts'
import type { ExitCode } from '../main.ts'
import { authored } from './authored.ts'
import { type ImportFlags, runImport } from './run-import.ts'

/** The options by which `mesh import` reads a cluster. */
export interface ImportClusterFlags extends ImportFlags, ClusterFlags {
  readonly allNamespaces?: true
}

/** The file of what is in no namespace. */
const outside = 'cluster'

/**
 * Writes what people have put into a cluster as a mesh in TypeScript, a module for each namespace, as `mesh import` of a folder does.
 *
 * @throws Failure where the cluster can't be read, holds nothing to import, or files would be overwritten
 */
export async function importCluster(flags: ImportClusterFlags): Promise<ExitCode> {
  const { client } = clusterOf(flags)
  const { hasNamespace, namespace: own } = client.connection
  const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? (hasNamespace ? own : undefined))
  const objects = await authoredObjects(client, namespace).catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error
    const remedy = 'ask for the right to list this, or name a namespace with -n'
    throw new Failure(commandFailed({}, { what: `the cluster can't be read: ${error.message}`, remedy }))
  })
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mesh-cluster-')))
  try {
    for (const [file, resources] of Map.groupBy(objects.map(asWritten), fileOf)) {
      writeFileSync(join(folder, `${file}.yaml`), resources.map(resource => toYaml(resource)).join('---\n'))
    }
    return await runImport(folder, flags)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function asWritten(object: object): Resource {
  return authored(withoutDefaults(object as Resource))
}

/** A namespace stands beside what is in it. */
function fileOf({ kind, metadata }: Resource): string {
  return metadata.namespace ?? (kind === 'Namespace' ? metadata.name : outside)
}
