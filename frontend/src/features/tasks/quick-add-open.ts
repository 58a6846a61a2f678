'use client'

import { createStore } from '@/lib/store'

/** The sheet behind the ＋ of a phone, and behind "q" where there is no list. */
export const quickAddOpen = createStore(false)
