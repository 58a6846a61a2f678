/** The undo history of this window. */
'use client'

import { toast } from '@/components/ui/toast'
import { createStore } from '@/lib/store'
import type { Change } from '../model/changes'

/** One undo step: usually one change, or all changes of a batch. */
export interface Step {
  /** The keys of the changes that the server has not answered. */
  waiting: string[]
  /** The changes that undo those that it has. */
  inverses: Change[]
  /** Undone while some changes of the step were being sent: those are undone as soon as they are answered. */
  undone: boolean
  /** Undoes a step that is no change of tasks. False if that failed and can succeed later. */
  run?: () => Promise<boolean>
}

interface Undoing {
  /** Makes one inverse change. */
  send: (change: Change, quiet: boolean) => void
  /** Takes a change back that was not sent yet. */
  cancel: (key: string) => void
}

const MAX_STEPS = 50

const steps = createStore<readonly Step[]>([])

export function newStep(): Step {
  return { waiting: [], inverses: [], undone: false }
}

export function remember(step: Step): void {
  if (!steps.get().includes(step)) steps.set((stack) => [...stack.slice(1 - MAX_STEPS), step])
}

/** Takes a step off the stack once nothing of it can be undone, because the server refused it. */
export function forgetEmpty(step: Step): void {
  if (step.waiting.length + step.inverses.length > 0) return
  steps.set((stack) => stack.filter((other) => other !== step))
}

/** Undoes the given step, or the last one. */
export function undo({ send, cancel }: Undoing, step?: Step): void {
  const taken = takeStep(step)
  if (!taken) {
    if (!step) toast('Nothing to undo.')
    return
  }
  if (taken.run) return void runStep(taken)
  const { inverses, waiting } = taken
  const quiet = inverses.length !== 1 || waiting.length > 0
  for (const change of inverses.toReversed()) send(change, quiet)
  for (const key of waiting.toReversed()) cancel(key)
  if (quiet) toast('Undone.')
}

/** Undoes a step that is no change of tasks, once. It is remembered again if it can succeed later. */
export async function undoOwn(step: Step): Promise<void> {
  if (takeStep(step)) await runStep(step)
}

async function runStep(step: Step): Promise<void> {
  if (await step.run?.()) return
  step.undone = false
  remember(step)
}

/** Takes a step off the stack. A step is undone only once. */
function takeStep(step?: Step): Step | undefined {
  const stack = steps.get()
  const taken = step ?? stack.at(-1)
  if (!taken || taken.undone) return undefined
  taken.undone = true
  steps.set(stack.filter((other) => other !== taken))
  return taken
}
