'use client'

import { createStore } from '@/lib/store'

export type LiveStatus = 'connecting' | 'live' | 'delayed'

export const liveStatus = createStore<LiveStatus>('connecting')
