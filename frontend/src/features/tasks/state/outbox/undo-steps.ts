/** Connects the outbox with the undo history: a change can be undone before and after it was sent. */
import { inverse, type Change, type Outcome } from '../../model/changes'
import type { OutboxRow } from '../rows'
import { forgetEmpty, newStep, remember, undo, type Step } from '../undo'
import type { Sending } from './sending'

interface Queue {
  send: (change: Change, sending: Sending) => Promise<void>
  discard: (row: { key: string }) => Promise<void>
}

export class UndoSteps {
  private readonly steps = new Map<string, Step>()
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly queue: Queue) {}

  /** The change was stored. */
  begin({ key }: OutboxRow, { undoing, step = newStep() }: Sending): void {
    if (undoing) return
    this.steps.set(key, step)
    // Undone before this change of the batch was stored.
    if (step.undone) return void this.queue.discard({ key })
    step.waiting.push(key)
    remember(step)
  }

  /** The change was answered, or given up. Returns its step if it can be undone. */
  end(key: string, answered: { change: Change; outcome: Outcome } | null): Step | null {
    const step = this.steps.get(key)
    if (!step) return null
    this.steps.delete(key)
    step.waiting = step.waiting.filter((other) => other !== key)
    const back = answered && inverse(answered.change, answered.outcome)
    if (back && step.undone) void this.queue.send(back, { undoing: true, quiet: true })
    else if (back) step.inverses.push(back)
    forgetEmpty(step)
    return back && !step.undone ? step : null
  }

  /**
   * Undoes the given step, or the last one. It begins when the step before it is undone: what is on its way to the
   * server is taken back after its answer, and an earlier step must not be taken back before that.
   */
  undo(step?: Step): void {
    this.last = this.last.then(() => {
      const cancelled: Promise<unknown>[] = []
      undo(
        {
          send: (change, quiet) => void this.queue.send(change, { undoing: true, quiet }),
          cancel: (key) => void cancelled.push(this.queue.discard({ key })),
        },
        step,
      )
      return Promise.allSettled(cancelled)
    })
  }
}
