/** The other windows of the same person: one sends at a time, and each hears what the others have done. */
import type { Outcome } from '../../model/changes'
import type { OutboxRow } from '../rows'

export type Told =
  | { kind: 'changed' }
  | { kind: 'answered'; row: OutboxRow; outcome: Outcome }
  | { kind: 'discarded'; row: OutboxRow }

/** Work of this window that waits for its turn, where the browser has no locks. */
let queue: Promise<unknown> = Promise.resolve()

/** Runs `work` while no other window of this person does. The browser has locks on secure pages only; without them,
 * two windows may send the same change, and its key makes the second one harmless. */
export async function exclusively<T>(user: string, work: () => Promise<T>): Promise<T> {
  // Not on pages over plain HTTP outside localhost.
  const locks = navigator.locks as LockManager | undefined
  if (locks) return locks.request(`todo-outbox-${user}`, work)
  const turn = queue.then(work, work)
  queue = turn.catch(() => undefined)
  return turn
}

/** Returns a function that tells the other windows something. */
export function tellOthers(user: string, hear: (told: Told) => void): (told: Told) => void {
  const channel = new BroadcastChannel(`todo-outbox-${user}`)
  channel.onmessage = ({ data }: MessageEvent<Told>) => hear(data)
  return (told) => channel.postMessage(told)
}
