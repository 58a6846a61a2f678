/** The outbox of this window, with the lists and the zone of the page that is shown now. */
import type { QueryClient } from '@tanstack/react-query'
import { outboxRows } from '../rows'
import { Outbox } from './outbox'
import { drawOnFetched, drawRows, type Screen } from './view'

let current: { user: string; outbox: Outbox; screen: Screen; stop: () => void } | null = null

export function outboxOf(client: QueryClient, user: string, zone: string): Outbox {
  if (current?.user !== user) {
    current?.stop()
    const screen = { client, zone }
    current = { user, outbox: new Outbox(screen, user), screen, stop: drawOnFetched(screen) }
    return current.outbox
  }
  const { screen } = current
  screen.zone = zone
  // A page that was left for another one and is shown again begins with new lists.
  if (screen.client !== client) {
    current.stop()
    screen.client = client
    current.stop = drawOnFetched(screen)
    drawRows(screen, outboxRows.get())
  }
  return current.outbox
}
