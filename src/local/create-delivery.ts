import type { Delivery, DeliveryContext } from './delivery.ts'
import { XdsDelivery } from './xds-delivery.ts'

/** How `mesh up` hands configuration to its proxies: the one place that chooses. */
export function createDelivery(context: DeliveryContext): Promise<Delivery> {
  return XdsDelivery.listen(context)
}
