import type { Delivery, DeliveryContext } from './delivery.ts'
import { FileDelivery } from './file-delivery.ts'

/** How `mesh up` hands configuration to its proxies: the one place that chooses. */
export async function createDelivery({ state, changed }: DeliveryContext): Promise<Delivery> {
  return new FileDelivery(state, changed)
}
