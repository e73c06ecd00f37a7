/** The mutating webhook: adds a proxy to a pod that is about to be made. */
import type { MetaMap } from '../../kinds/resource.ts'
import { type InjectionSettings, injectPod } from '../inject/inject-pod.ts'
import { isPod } from '../inject/inject-resource.ts'
import type { Pod } from '../inject/pod.ts'
import type { AdmissionAnswer, AdmissionRequest, JsonPatch } from './admission.ts'

/**
 * @param labelsOf the labels of the pod's namespace, as they are known or as they are now: the API server asks about pods that
 * it has found to be wanted, so that whoever thinks otherwise may only not have heard of their namespace yet
 */
export async function admitPod(
  request: AdmissionRequest,
  settings: InjectionSettings,
  labelsOf: (how: 'known' | 'now') => Promise<MetaMap>,
): Promise<AdmissionAnswer> {
  const pod = request.object
  // What is no pod by our reading is the API server's to refuse.
  if (request.kind !== 'Pod' || !isPod(pod)) return { isAllowed: true }
  const { namespace: name } = request
  const known = injectPod(pod, { name, labels: await labelsOf('known') }, settings)
  const injection = known.isInjected ? known : injectPod(pod, { name, labels: await labelsOf('now') }, settings)
  if (injection.bad.length > 0) {
    const [{ name, value, expected }] = injection.bad as [(typeof injection.bad)[number]]
    const message = `${name} is ${JSON.stringify(value)}: write ${expected}`
    return { isAllowed: false, message }
  }
  return { isAllowed: true, patch: injection.isInjected ? patchOf(pod, injection.pod) : [] }
}

/** Whole parts are replaced: nothing between us and the API server can apply such a patch halfway. */
function patchOf(before: Pod, after: Pod): JsonPatch[] {
  return [
    { op: before.metadata === undefined ? 'add' : 'replace', path: '/metadata', value: after.metadata },
    { op: 'replace', path: '/spec', value: after.spec },
  ]
}
