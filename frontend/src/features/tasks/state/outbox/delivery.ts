/** Sends one row of the outbox, and merges an edit with what happened to its task meanwhile. */
import { changes as api } from '@/api/changes'
import { api as reading } from '@/api/browser'
import { isTransient, Problem, sentence, Unreachable } from '@/api/problem'
import type { Task, TaskPatch } from '@/api/types'
import { perform, type Change, type Outcome } from '../../model/changes'
import { merge } from '../../model/merge'
import type { OutboxRow } from '../rows'

export type Delivered =
  /** `sent`: what an edit had to change. */
  | { kind: 'done'; outcome: Outcome; sent?: TaskPatch }
  /** Worth another try later. `everything`: no other row can be sent now either. */
  | { kind: 'later'; reason: string; everything: boolean }
  | { kind: 'signed-out' }
  | { kind: 'refused'; problem: Problem }
  /** The server has the rest of the edit; these fields were changed by somebody else too. */
  | { kind: 'disputed'; disputed: TaskPatch; theirs: Task }
  | { kind: 'deleted'; theirs: Task | null }

type Edit = Extract<Change, { kind: 'edit' }>

const PAUSE = 300
/** As many changes by others within one exchange do not happen; the limit only ends a misunderstanding. */
const MERGES = 10

/** Sends the row. `newest` is the task as this window knows it from the server. */
export async function deliver(row: OutboxRow, newest: Task | undefined): Promise<Delivered> {
  try {
    return await attempt(row, newest)
  } catch (error) {
    // 409: another change of the same task ran at this moment. The second try usually succeeds.
    if (!(error instanceof Problem) || error.status !== 409) return failure(row, error)
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
  try {
    return await attempt(row, newest)
  } catch (error) {
    return failure(row, error)
  }
}

async function attempt(row: OutboxRow, newest: Task | undefined): Promise<Delivered> {
  const { change, key, completedAt } = row
  if (change.kind === 'edit') return deliverEdit(change, key, newest)
  try {
    const options = { key, completedAt: completedAt ?? undefined }
    return { kind: 'done', outcome: await perform(api, change, options) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    // The key was used with another body, so an earlier try was carried out.
    if (change.kind !== 'create' && error.on('Idempotency-Key') !== undefined)
      return { kind: 'done', outcome: { task: await reading.task(change.task.id), next: null } }
    // The clock of this computer is wrong.
    if (error.on('completed_at') === undefined) throw error
    return { kind: 'done', outcome: await perform(api, change, { key }) }
  }
}

async function deliverEdit(
  change: Edit,
  key: string,
  newest: Task | undefined,
): Promise<Delivered> {
  const base = change.task
  let theirs = newest && newest.version > base.version ? newest : null
  for (let tries = 0; tries < MERGES; tries++) {
    const { patch, disputed } = theirs
      ? merge(base, change.patch, theirs)
      : { patch: change.patch, disputed: {} }
    try {
      // A merged edit is another request than the one that the key stands for.
      const sentKey = theirs ? `${key}-${theirs.version}` : key
      const stored = await sendPatch(theirs ?? base, patch, sentKey)
      return Object.keys(disputed).length
        ? { kind: 'disputed', disputed, theirs: stored }
        : { kind: 'done', outcome: { task: stored, next: null }, sent: patch }
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412) throw error
      theirs = await reading.task(base.id)
    }
  }
  throw new Unreachable()
}

async function sendPatch(task: Task, patch: TaskPatch, key: string): Promise<Task> {
  if (Object.keys(patch).length === 0) return task
  const sent = { kind: 'edit', task, patch } as const
  const { task: stored } = await perform(api, sent, { key, version: task.version })
  return stored ?? task
}

async function failure(row: OutboxRow, error: unknown): Promise<Delivered> {
  if (isTransient(error)) {
    const everything = error instanceof Unreachable || (error as Problem).status === 429
    return { kind: 'later', reason: sentence(error), everything }
  }
  if (!(error instanceof Problem))
    return { kind: 'later', reason: sentence(error), everything: false }
  if (error.status === 401) return { kind: 'signed-out' }
  const { change } = row
  if (change.kind === 'delete' && error.status === 404)
    return { kind: 'done', outcome: { task: null, next: null } }
  if (change.kind === 'edit' && (error.status === 404 || error.status === 409)) {
    const theirs = await reading.task(change.task.id).catch(() => null)
    if (!theirs || theirs.deleted_at !== null) return { kind: 'deleted', theirs }
  }
  return { kind: 'refused', problem: error }
}
