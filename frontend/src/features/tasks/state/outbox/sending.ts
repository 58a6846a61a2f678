/** What a component wants to know about a change that it makes. */
import type { Problem } from '@/api/problem'
import type { Step } from '../undo'

export interface SendOptions {
  /** No toast afterwards: the screen already shows the result. */
  quiet?: boolean
  /** The toast, instead of the usual one. */
  words?: string
  /** All changes of a batch share one undo step. */
  step?: Step
  /** Called when the server refuses the values, so that the form can show why. The change is then forgotten. */
  onRefused?: (problem: Problem) => void
}

export interface Sending extends SendOptions {
  undoing?: boolean
}
