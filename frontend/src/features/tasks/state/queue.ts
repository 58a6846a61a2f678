/** The queue of changes: shows each at once, sends them in order, keeps what could not be sent. */
'use client'

import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { api } from '@/api/browser'
import { isTransient, Problem, sentence, Unreachable } from '@/api/problem'
import type { Task } from '@/api/types'
import { toast } from '@/components/ui/toast'
import { useClock } from '@/session/clock'
import { keys, refetch } from '@/session/query-keys'
import { applied, draftTask, inverse, message, perform } from '../model/changes'
import type { Change, Outcome } from '../model/changes'
import { insertEverywhere, knownTask, mapEverywhere, placeEverywhere } from './cache'
import { rest, showNext, stopResting } from './row-feedback'
import { newStep, remember, undo, type Step } from './undo'
import { allSaved, CHANGE, subject, unsavedChanges, type UnsavedChange } from './unsaved-changes'

/**
 * The queue of changes. Each change is shown at once and sent in the order it was made. A change that cannot be sent
 * is kept in `unsavedChanges` and sent again before the next one.
 */

export interface SendOptions {
  /** No toast afterwards: the screen already shows the result. */
  quiet?: boolean
  /** The toast, instead of the usual one. */
  words?: string
  /** All changes of a batch share one undo step. */
  step?: Step
  /** Called instead of a toast when the server refuses the change, so that the form can show why. */
  onRefused?: (problem: Problem) => void
}

interface Queued extends SendOptions {
  change: Change
  undoing?: boolean
  /** Set when an unsaved change is sent again. */
  resent?: UnsavedChange
}

type Enqueue = (queued: Queued) => void

interface Moment {
  client: QueryClient
  now: Date
  zone: string
}

/** Thrown when an earlier change of the same task is still unsaved: this one has to wait for it. */
class WaitsForEarlier extends Unreachable {}

export function useChangeQueue() {
  const client = useQueryClient()
  const { zone, current } = useClock()
  const moment = (): Moment => ({ client, now: current(), zone })

  const { mutate } = useMutation<Outcome, Error, Queued, { before: Task | undefined }>({
    mutationKey: CHANGE,
    scope: { id: 'changes' },
    retry: mayRetry,
    retryDelay: (count) => 300 * 2 ** count,
    mutationFn: ({ change }) => {
      if (unsavedChanges.get().some((other) => subject(other.change) === subject(change)))
        throw new WaitsForEarlier()
      return perform(api, change)
    },
    onMutate: (queued) => ({ before: show(moment(), queued) }),
    onSuccess: (outcome, queued) => {
      accept(moment(), queued, outcome)
      const step = rememberUndo(queued, outcome, mutate)
      announce(moment(), queued, outcome, step && (() => undoStep(mutate, step)))
    },
    onError: (error, queued, context) => {
      fail(client, queued, error, context?.before, mutate)
    },
    onSettled: () => {
      // Only the last change of a burst refetches: an earlier answer would not contain the later changes.
      if (client.isMutating({ mutationKey: CHANGE }) === 1 && unsavedChanges.get().length === 0)
        void refetch(client, keys.all)
    },
  })

  /** Unsaved changes are sent first, so that changes reach the server in the order they were made. */
  const flush = useCallback(() => {
    for (const resent of unsavedChanges.get())
      mutate({ change: resent.change, resent, quiet: true })
  }, [mutate])

  const send = useCallback(
    (change: Change, options: SendOptions = {}) => {
      flush()
      mutate({ change, ...options })
    },
    [flush, mutate],
  )

  return useMemo(
    () => ({
      send,
      flush,
      undo: (step?: Step) => undoStep(mutate, step),
      discard: () => discard(client),
    }),
    [client, flush, mutate, send],
  )
}

export type ChangeQueue = ReturnType<typeof useChangeQueue>

function mayRetry(count: number, error: Error): boolean {
  if (error instanceof WaitsForEarlier) return false
  // 409: another change of the same task ran at this moment. The second try usually succeeds.
  if (error instanceof Problem && error.status === 409) return count < 1
  return isTransient(error) && count < 3
}

/** Shows the change before the server has answered. Returns the task as it was before. */
function show({ client, now, zone }: Moment, { change, resent }: Queued): Task | undefined {
  if (resent) unsavedChanges.set((list) => list.filter((other) => other !== resent))
  if (change.kind === 'create') {
    insertEverywhere(client, draftTask(change, zone, now), now, zone)
    return undefined
  }
  const before = resent ? resent.before : (knownTask(client, change.task.id) ?? change.task)
  const shown = before ?? change.task
  if (change.kind === 'complete' || change.kind === 'skip') rest(applied(shown, change, now))
  else stopResting(shown.id)
  // A list request that is already running would bring the old state back for a moment.
  void client.cancelQueries({ queryKey: keys.lists })
  mapEverywhere(client, shown.id, (task) => applied(task, change, now))
  if (change.kind === 'place') placeEverywhere(client, shown.id, change.after)
  if (change.kind === 'reopen' || change.kind === 'restore')
    insertEverywhere(client, applied(shown, change, now), now, zone)
  return before
}

/** Replaces what was shown by what the server answered. */
function accept({ client, now, zone }: Moment, { change }: Queued, outcome: Outcome): void {
  if (change.kind === 'create') mapEverywhere(client, change.tempId, () => null)
  const { task, next } = outcome
  if (!task) return
  if (change.kind === 'create') return insertEverywhere(client, task, now, zone)
  mapEverywhere(client, task.id, () => task)
  if (next) showNext(task.id, next)
}

/** Adds the inverse change to its undo step, or sends it at once if the step was undone meanwhile. */
function rememberUndo(
  { change, undoing, step = newStep() }: Queued,
  outcome: Outcome,
  enqueue: Enqueue,
): Step | null {
  const back = undoing ? null : inverse(change, outcome)
  if (!back) return null
  if (step.undone) enqueue({ change: back, undoing: true, quiet: true })
  else {
    step.inverses.push(back)
    remember(step)
  }
  return step
}

function announce(
  { now, zone }: Moment,
  { change, quiet, words: given, undoing }: Queued,
  outcome: Outcome,
  onUndo: (() => void) | null,
): void {
  if (quiet) return
  const words = undoing ? 'Undone.' : (given ?? message(change, outcome, now, zone))
  if (words) toast(words, onUndo ? { action: { label: 'Undo', onClick: onUndo } } : undefined)
}

/** Keeps the change if the failure is temporary. Otherwise takes it back and says why. */
function fail(
  client: QueryClient,
  { change, quiet, onRefused }: Queued,
  error: Error,
  before: Task | undefined,
  enqueue: Enqueue,
): void {
  if (isTransient(error)) {
    unsavedChanges.set((list) => [...list, { change, before, reason: sentence(error) }])
    return
  }
  takeBack(client, change, before)
  if (change.kind === 'edit' && error instanceof Problem && error.status === 412) {
    toast.error('This task was changed in another window in the meantime.', {
      duration: 12_000,
      action: {
        label: 'Save mine',
        onClick: () => enqueue({ change: { ...change, guarded: false }, quiet, onRefused }),
      },
    })
    return
  }
  if (onRefused && error instanceof Problem && error.status === 422) return onRefused(error)
  const why = sentence(error)
  toast.error(
    change.kind === 'create' ? `“${clip(change.draft.title)}” was not added. ${why}` : why,
  )
}

function undoStep(enqueue: Enqueue, step?: Step): void {
  undo((change, quiet) => enqueue({ change, undoing: true, quiet }), step)
}

/** Gives up all unsaved changes: the screen shows again what the server has. */
function discard(client: QueryClient): void {
  const list = unsavedChanges.get()
  unsavedChanges.set([])
  for (const { change, before } of list.toReversed()) takeBack(client, change, before)
  if (allSaved(client)) void refetch(client, keys.all)
}

function takeBack(client: QueryClient, change: Change, before: Task | undefined): void {
  const id = subject(change)
  stopResting(id)
  mapEverywhere(client, id, () => before ?? null)
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
