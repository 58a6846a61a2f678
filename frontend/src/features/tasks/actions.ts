'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { toast } from 'sonner'
import { api } from '@/api/browser'
import { Problem, sentence, Unreachable } from '@/api/problem'
import type { Task, TaskDraft, TaskPatch } from '@/api/types'
import { useClock } from '@/features/shell/clock'
import { plural } from '@/lib/words'
import { insertEverywhere, keys, knownTask, mapEverywhere } from './cache'
import { applied, draftTask, inverse, perform, said, type Change, type Outcome } from './changes'
import { comesBack, remember, rest, takeUndo, wake } from './local'

interface Order {
  change: Change
  /** No words afterwards: the screen already says it. */
  quiet?: boolean
  undoing?: boolean
}

let temporary = -1

/** Changes go through one queue: in order, at once on the screen, to the server when there is a network. */
export function useTaskActions() {
  const client = useQueryClient()
  const { zone, current } = useClock()

  const { mutate } = useMutation<Outcome, Error, Order, { before: Task | undefined }>({
    mutationKey: ['change'],
    scope: { id: 'changes' },
    retry: (count, error) => error instanceof Unreachable && count < 5,
    retryDelay: (count) => Math.min(500 * 2 ** count, 8000),
    mutationFn: ({ change }) => perform(api, change),
    onMutate: async ({ change }) => {
      const now = current()
      if (change.kind === 'create') {
        insertEverywhere(client, draftTask(change, zone, now), now, zone)
        return { before: undefined }
      }
      const before = knownTask(client, change.task.id) ?? change.task
      if (change.kind === 'complete' || change.kind === 'skip') rest(applied(before, change, now))
      else wake(before.id)
      // A list on its way would bring the old state back for a moment.
      void client.cancelQueries({ queryKey: keys.lists })
      mapEverywhere(client, before.id, (task) => applied(task, change, now))
      if (change.kind === 'reopen' || change.kind === 'restore')
        insertEverywhere(client, applied(before, change, now), now, zone)
      return { before }
    },
    onSuccess: (outcome, { change, quiet, undoing }) => {
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
      if (back) remember(back)
      if (quiet) return
      const words = undoing ? 'Undone.' : said(change, outcome, now, zone)
      if (words)
        toast(words, {
          action: back
            ? {
                label: 'Undo',
                onClick: () => {
                  takeUndo(back)
                  mutate({ change: back, undoing: true })
                },
              }
            : undefined,
        })
    },
    onError: (error, { change }, context) => {
      if (change.kind === 'create') {
        mapEverywhere(client, change.tempId, () => null)
        toast.error(`“${clip(change.draft.title)}” was not added. ${sentence(error)}`)
        return
      }
      wake(change.task.id)
      const before = context?.before
      if (before) mapEverywhere(client, before.id, () => before)
      if (change.kind === 'edit' && error instanceof Problem && error.status === 412) {
        toast.error('This task was changed in another window in the meantime.', {
          duration: 12_000,
          action: {
            label: 'Save mine',
            onClick: () => mutate({ change: { ...change, guarded: false }, quiet: true }),
          },
        })
        return
      }
      toast.error(sentence(error))
    },
    onSettled: () => {
      // Only the last of a burst asks again: an earlier answer would not know of the later changes.
      if (client.isMutating({ mutationKey: ['change'] }) === 1)
        void client.invalidateQueries({ queryKey: keys.all })
    },
  })

  const run = useCallback(
    (change: Change, options: Omit<Order, 'change'> = {}) => mutate({ change, ...options }),
    [mutate],
  )

  return useMemo(
    () => ({
      create: (draft: TaskDraft) =>
        run({ kind: 'create', draft, key: crypto.randomUUID(), tempId: temporary-- }),
      toggle: (task: Task) => run({ kind: task.completed ? 'reopen' : 'complete', task }),
      complete: (task: Task) => run({ kind: 'complete', task }),
      reopen: (task: Task) => run({ kind: 'reopen', task }),
      skip: (task: Task) => run({ kind: 'skip', task }),
      edit: (task: Task, patch: TaskPatch, options: { quiet?: boolean; guarded?: boolean } = {}) =>
        run(
          { kind: 'edit', task, patch, guarded: options.guarded },
          { quiet: options.quiet ?? true },
        ),
      /** Moves the date: of one occurrence when the task repeats, so that the series stays where it is. */
      move: (task: Task, due: string) =>
        task.recurrence
          ? run({ kind: 'postpone', task, due, timezone: task.timezone })
          : run({ kind: 'edit', task, patch: { due_date: due } }),
      /** Many at once, said once and undone at once. */
      moveAll: (moves: readonly { task: Task; due: string }[], words: string) => {
        for (const { task, due } of moves)
          run(
            task.recurrence
              ? { kind: 'postpone', task, due, timezone: task.timezone }
              : { kind: 'edit', task, patch: { due_date: due } },
            { quiet: true },
          )
        toast(`${plural(moves.length, 'task')} ${words}`, {
          action: {
            label: 'Undo',
            onClick: () => {
              for (let left = moves.length; left > 0; left--) {
                const change = takeUndo()
                if (change) run(change, { undoing: true, quiet: true })
              }
            },
          },
        })
      },
      remove: (task: Task) => run({ kind: 'delete', task }),
      restore: (task: Task) => run({ kind: 'restore', task }),
      undo: () => {
        const change = takeUndo()
        if (change) run(change, { undoing: true })
        else toast('Nothing to undo.')
      },
    }),
    [run],
  )
}

export type TaskActions = ReturnType<typeof useTaskActions>

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
