import type { Delivery } from './delivery.ts'
import { FileDelivery } from './file-delivery.ts'
import type { DeliveryContext } from './up.ts'

/** How `mesh up` hands configuration to its proxies: the one place that chooses. */
export async function createDelivery({ state, changed }: DeliveryContext): Promise<Delivery> {
  return new FileDelivery(state, changed)
}
