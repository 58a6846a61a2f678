'use client'

import { createStore } from '@/lib/store'

export type LiveStatus = 'connecting' | 'live' | 'delayed'

export const liveStatus = createStore<LiveStatus>('connecting')

/** How often the server has said hello: each time it can be reached again. */
export const connections = createStore(0)

/** Also said on the page itself, so that style sheets and tests can see it. */
export function setLive(status: LiveStatus): void {
  liveStatus.set(status)
  document.documentElement.dataset.live = status
}
