import type { ServiceFetch } from '../core/ports/network.ts'
import type { Opened } from './opened.ts'

/** The way to one configured service. Loaded where there is one: most starts need none. */
export async function openServiceDoor(baseUrl: string | URL, opened: Opened): Promise<ServiceFetch> {
  const { createServiceFetch } = await import('../egress/service.ts')
  return opened(createServiceFetch(baseUrl)).fetch
}
