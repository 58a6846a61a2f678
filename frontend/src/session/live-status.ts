/** The state of the live updates. features/live sets it, and any component can read it. */
'use client'

import { createStore } from '@/lib/store'

export type LiveStatus = 'connecting' | 'live' | 'delayed'

export const liveStatus = createStore<LiveStatus>('connecting')

/** How often the live connection was established. It rises each time the server can be reached again. */
export const connections = createStore(0)

/** Also sets a data attribute on the page, which tests wait for. */
export function setLive(status: LiveStatus): void {
  liveStatus.set(status)
  document.documentElement.dataset.live = status
}
