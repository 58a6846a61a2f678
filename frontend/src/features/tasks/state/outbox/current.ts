/** The outbox of this window. */
import type { QueryClient } from '@tanstack/react-query'
import { Outbox } from './outbox'

let current: { user: string; outbox: Outbox } | null = null

export function outboxOf(client: QueryClient, user: string, zone: string): Outbox {
  if (current?.user !== user) current = { user, outbox: new Outbox({ client, zone }, user) }
  return current.outbox
}
