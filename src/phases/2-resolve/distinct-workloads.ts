import { kinds } from '../../kinds/index.ts'
import { nodeKey } from '../../model/node.ts'
import type { Workload } from '../../model/workload.ts'
import { memo } from '../../util/memo.ts'
import { subjectAt } from './span-table.ts'

/**
 * Workloads of several kinds may have one name, as a CronJob that does for a Deployment what has to be done at night. Proxies are
 * named after workloads: the first, in the order of the kinds, is called what it is called, and others with their kind
 * (`web.cronjob`).
 */
export function withDistinctNames(workloads: readonly Workload[]): readonly Workload[] {
  const byName = Map.groupBy(workloads, nodeKey)
  if (byName.size === workloads.length) return workloads
  return [...byName.values()].flatMap(same => {
    const [first, ...others] = same.length === 1 ? same : same.toSorted((a, b) => rank(a) - rank(b))
    return [first!, ...others.map(withKind)]
  })
}

function rank(workload: Workload): number {
  return kinds.findIndex(({ kind }) => kind === subjectAt(workload.at).kind)
}

/** The same object for as long as the workload is. */
const withKind = memo(
  (workload: Workload): Workload => ({
    ...workload,
    name: `${workload.name}.${subjectAt(workload.at).kind.toLowerCase()}`,
  }),
)
