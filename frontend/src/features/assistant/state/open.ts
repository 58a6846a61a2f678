/** Whether the assistant's panel is open. */
import { createStore } from '@/lib/store'

export const assistantOpen = createStore(false)
/** The field gets the focus as soon as no task covers it. */
export const fieldWanted = createStore(false)
/** Where the focus was when the panel was opened. */
let before: Element | null = null

export function openAssistant(): void {
  before = document.activeElement
  assistantOpen.set(true)
}

export function closeAssistant(): void {
  assistantOpen.set(false)
  returnFocus()
}

export function returnFocus(): void {
  if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
  before = null
}
