/** Whether the assistant's panel is open. */
import { createStore } from '@/lib/store'

export const assistantOpen = createStore(false)
