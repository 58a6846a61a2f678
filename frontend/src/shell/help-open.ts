'use client'

import { createStore } from '@/lib/store'

export const helpOpen = createStore(false)
