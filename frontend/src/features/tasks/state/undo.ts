/** The undo history of this window. */
'use client'

import { toast } from '@/components/ui/toast'
import { createStore } from '@/lib/store'
import type { Change } from '../model/changes'

/** One undo step: usually one change, or all changes of a batch. */
export interface Step {
  /** The changes that undo the step. */
  inverses: Change[]
  /** Undone while some changes of the step were still being sent: those are undone as soon as they arrive. */
  undone: boolean
  /** Undoes a step that is no change of tasks. */
  run?: () => void
}

const MAX_STEPS = 50

const steps = createStore<readonly Step[]>([])

export function newStep(): Step {
  return { inverses: [], undone: false }
}

export function remember(step: Step): void {
  if (!steps.get().includes(step)) steps.set((stack) => [...stack.slice(1 - MAX_STEPS), step])
}

/** Undoes the given step, or the last one. `send` puts one inverse change into the queue. */
export function undo(send: (change: Change, quiet: boolean) => void, step?: Step): void {
  const taken = takeStep(step)
  if (!taken) {
    if (!step) toast('Nothing to undo.')
    return
  }
  if (taken.run) return taken.run()
  const quiet = taken.inverses.length !== 1
  for (const change of taken.inverses.toReversed()) send(change, quiet)
  if (quiet) toast('Undone.')
}

/** Takes a step off the stack. A step is undone only once. */
export function takeStep(step?: Step): Step | undefined {
  const stack = steps.get()
  const taken = step ?? stack.at(-1)
  if (!taken || taken.undone) return undefined
  taken.undone = true
  steps.set(stack.filter((other) => other !== taken))
  return taken
}
