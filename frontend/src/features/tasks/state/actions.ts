'use client'

import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { api } from '@/api/browser'
import { isTransient, Problem, sentence, Unreachable } from '@/api/problem'
import type { Task, TaskDraft, TaskPatch } from '@/api/types'
import { toast } from '@/components/ui/toast'
import { useClock } from '@/session/clock'
import { plural } from '@/lib/words'
import { insertEverywhere, knownTask, mapEverywhere } from './cache'
import {
  applied,
  draftTask,
  inverse,
  perform,
  said,
  type Change,
  type Outcome,
} from '../model/changes'
import { CHANGE, unsavedChanges, allSaved, subject, type UnsavedChange } from './unsaved-changes'
import { comesBack, remember, rest, takeUndo, wake, type Step } from './row-feedback'
import { keys, refetch } from '@/session/query-keys'

interface Order {
  change: Change
  /** No words afterwards: the screen already says it. */
  quiet?: boolean
  undoing?: boolean
  /** Of a batch all changes are one step. */
  step?: Step
  /** Sent once more: what was before it, and no waiting. */
  again?: UnsavedChange
  /** Who typed it says what is wrong with it, next to the field. */
  onRefused?: (problem: Problem) => void
}

let temporary = -1

/** An Idempotency-Key. Not crypto.randomUUID: a page over plain http, away from localhost, does not have it. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    '-',
  )
}

/** An earlier change of the same task has not arrived: this one waits behind it. */
class Behind extends Unreachable {}

/** Changes go through one queue: in order, at once on the screen, to the server when there is a network. */
export function useTaskActions() {
  const client = useQueryClient()
  const { zone, current } = useClock()

  const { mutate } = useMutation<Outcome, Error, Order, { before: Task | undefined }>({
    mutationKey: CHANGE,
    scope: { id: 'changes' },
    retry: (count, error) => {
      if (error instanceof Behind) return false
      // "Somebody changed the same thing at this moment": the second try meets a quieter one.
      if (error instanceof Problem && error.status === 409) return count < 1
      return isTransient(error) && count < 3
    },
    retryDelay: (count) => 300 * 2 ** count,
    mutationFn: ({ change }) => {
      if (unsavedChanges.get().some((other) => subject(other.change) === subject(change)))
        throw new Behind()
      return perform(api, change)
    },
    onMutate: async ({ change, again }) => {
      if (again) unsavedChanges.set((list) => list.filter((other) => other !== again))
      const now = current()
      if (change.kind === 'create') {
        insertEverywhere(client, draftTask(change, zone, now), now, zone)
        return { before: undefined }
      }
      const before = again ? again.before : (knownTask(client, change.task.id) ?? change.task)
      const shown = before ?? change.task
      if (change.kind === 'complete' || change.kind === 'skip') rest(applied(shown, change, now))
      else wake(shown.id)
      // A list on its way would bring the old state back for a moment.
      void client.cancelQueries({ queryKey: keys.lists })
      mapEverywhere(client, shown.id, (task) => applied(task, change, now))
      if (change.kind === 'reopen' || change.kind === 'restore')
        insertEverywhere(client, applied(shown, change, now), now, zone)
      return { before }
    },
    onSuccess: (outcome, { change, quiet, undoing, step = { backs: [], undone: false } }) => {
      const now = current()
      if (change.kind === 'create') {
        mapEverywhere(client, change.tempId, () => null)
        if (outcome.task) insertEverywhere(client, outcome.task, now, zone)
      } else if (outcome.task) {
        const { task } = outcome
        mapEverywhere(client, task.id, () => task)
        if (outcome.next) comesBack(task.id, outcome.next)
      }
      const back = undoing ? null : inverse(change, outcome)
      if (back && step.undone) mutate({ change: back, undoing: true, quiet: true })
      else if (back) {
        step.backs.push(back)
        remember(step)
      }
      if (quiet) return
      const words = undoing ? 'Undone.' : said(change, outcome, now, zone)
      if (words)
        toast(
          words,
          back ? { action: { label: 'Undo', onClick: () => undo(mutate, step) } } : undefined,
        )
    },
    onError: (error, { change, quiet, onRefused }, context) => {
      const before = context?.before
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
            onClick: () => mutate({ change: { ...change, guarded: false }, quiet, onRefused }),
          },
        })
        return
      }
      if (onRefused && error instanceof Problem && error.status === 422) return onRefused(error)
      toast.error(
        change.kind === 'create'
          ? `“${clip(change.draft.title)}” was not added. ${sentence(error)}`
          : sentence(error),
      )
    },
    onSettled: () => {
      // Only the last of a burst asks again: an earlier answer would not know of the later changes.
      if (client.isMutating({ mutationKey: CHANGE }) === 1 && unsavedChanges.get().length === 0)
        void refetch(client, keys.all)
    },
  })

  /** What is held goes first: changes reach the server in the order they were made. */
  const flush = useCallback(() => {
    for (const again of unsavedChanges.get()) mutate({ change: again.change, again, quiet: true })
  }, [mutate])

  const run = useCallback(
    (change: Change, options: Omit<Order, 'change'> = {}) => {
      flush()
      mutate({ change, ...options })
    },
    [flush, mutate],
  )

  return useMemo(
    () => ({
      create: (draft: TaskDraft, options: Pick<Order, 'onRefused'> = {}) =>
        run({ kind: 'create', draft, key: newKey(), tempId: temporary-- }, options),
      toggle: (task: Task) => run({ kind: task.completed ? 'reopen' : 'complete', task }),
      complete: (task: Task) => run({ kind: 'complete', task }),
      reopen: (task: Task) => run({ kind: 'reopen', task }),
      skip: (task: Task) => run({ kind: 'skip', task }),
      edit: (
        task: Task,
        patch: TaskPatch,
        options: Pick<Order, 'quiet' | 'onRefused'> & { guarded?: boolean } = {},
      ) =>
        run(
          { kind: 'edit', task, patch, guarded: options.guarded },
          { quiet: options.quiet ?? true, onRefused: options.onRefused },
        ),
      /** Moves the date: of one occurrence when the task repeats, so that the series stays where it is. */
      move: (task: Task, due: string) => run(moveOf(task, due)),
      /** Many at once, said once and undone at once. */
      moveAll: (moves: readonly { task: Task; due: string }[], words: string) => {
        const step: Step = { backs: [], undone: false }
        for (const { task, due } of moves) run(moveOf(task, due), { quiet: true, step })
        toast(`${plural(moves.length, 'task')} ${words}`, {
          action: { label: 'Undo', onClick: () => undo(mutate, step) },
        })
      },
      remove: (task: Task) => run({ kind: 'delete', task }),
      restore: (task: Task) => run({ kind: 'restore', task }),
      undo: () => undo(mutate),
      flush,
      /** Gives up what could not be saved: the screen says again what the server knows. */
      discard: () => {
        const list = unsavedChanges.get()
        unsavedChanges.set([])
        for (const { change, before } of [...list].reverse()) takeBack(client, change, before)
        if (allSaved(client)) void refetch(client, keys.all)
      },
    }),
    [client, flush, mutate, run],
  )
}

export type TaskActions = ReturnType<typeof useTaskActions>

/** The last step, or this one. */
function undo(mutate: (order: Order) => void, step?: Step): void {
  const taken = takeUndo(step)
  if (!taken) {
    if (!step) toast('Nothing to undo.')
    return
  }
  const quiet = taken.backs.length !== 1
  for (const change of taken.backs.toReversed()) mutate({ change, undoing: true, quiet })
  if (quiet) toast('Undone.')
}

function moveOf(task: Task, due: string): Change {
  return task.recurrence
    ? { kind: 'postpone', task, due, timezone: task.timezone }
    : { kind: 'edit', task, patch: { due_date: due } }
}

function takeBack(client: QueryClient, change: Change, before: Task | undefined): void {
  const id = subject(change)
  wake(id)
  mapEverywhere(client, id, () => before ?? null)
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
