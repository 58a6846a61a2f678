/** Whether the help is open. Its own file, so that the help is loaded only when it is opened. */
'use client'

import { createStore } from '@/lib/store'

export const helpOpen = createStore(false)
