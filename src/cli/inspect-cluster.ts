import { inspectPaths } from '../agent/agent-inspection.ts'
import type { ConfigReport, ProxyReport } from '../agent/report.ts'
import { AgentClient, AgentUnreachable } from '../cluster/agent-client.ts'
import type { AgentReport } from '../cluster/agent-report.ts'
import { agentUnreachable } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import type { IdentitiesReport } from '../local/control.ts'
import { clusterOf } from './cluster-flags.ts'
import type { InspectFlags } from './inspect-options.ts'

/** What all replicas of a cluster's agent know, together. */
export interface ClusterInspection {
  /** The namespace that is looked at: of the options, else the one that the context names; undefined: all. */
  readonly namespace: string | undefined
  readonly replicas: () => Promise<AgentReport[]>
  readonly proxies: () => Promise<ProxyReport[]>
  /** Also those of other namespaces. */
  readonly allProxies: () => Promise<ProxyReport[]>
  /** Of a proxy, `NAME.NAMESPACE`; undefined where no replica has it. */
  readonly config: (proxy: string) => Promise<readonly ConfigReport[] | undefined>
  readonly identities: () => Promise<IdentitiesReport>
}

/** @throws Failure where there is no cluster; its functions, where no agent answers */
export function inspectCluster(flags: InspectFlags): ClusterInspection {
  const { client } = clusterOf(flags)
  const { hasNamespace, namespace: own } = client.connection
  const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? (hasNamespace ? own : undefined))
  const agent = new AgentClient(client, flags.systemNamespace)
  const ask = async <Answer>(path: string): Promise<Answer[]> => {
    try {
      return (await agent.askAll<Answer>(path)).map(({ answer }) => answer)
    } catch (error) {
      if (error instanceof AgentUnreachable) throw new Failure(agentUnreachable({}, { reason: error.message }))
      throw error
    }
  }
  const isWanted = (report: { readonly namespace: string }) => namespace === undefined || namespace === report.namespace
  const allProxies = async () =>
    (await ask<readonly ProxyReport[]>(inspectPaths.proxies))
      .flat()
      .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1))
  return {
    namespace,
    replicas: () => ask<AgentReport>(inspectPaths.status),
    proxies: async () => (await allProxies()).filter(isWanted),
    allProxies,
    config: async proxy => {
      const answers = await ask<readonly ConfigReport[] | null>(`${inspectPaths.config}${encodeURIComponent(proxy)}`)
      return answers.find(answer => answer !== null) ?? undefined
    },
    identities: async () => {
      const answers = await ask<IdentitiesReport>(inspectPaths.identities)
      return {
        roots: answers[0]?.roots ?? '',
        identities: answers.flatMap(({ identities }) => identities).filter(isWanted),
      }
    },
  }
}
