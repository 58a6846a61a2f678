/** Everything a person can do to a task. Each action is shown at once, sent through the queue, and can be undone. */
'use client'

import { useMemo } from 'react'
import type { Task, TaskDraft, TaskPatch } from '@/api/types'
import { toast } from '@/components/ui/toast'
import { plural } from '@/lib/words'
import { useClock } from '@/session/clock'
import { moveChange } from '../model/changes'
import type { Answer } from './outbox/answers'
import { useChangeQueue, type SendOptions } from './queue'
import { isPlacedHere } from './places'
import { newTempId, type OutboxRow } from './rows'
import { newStep } from './undo'

type EditOptions = Pick<SendOptions, 'quiet' | 'onRefused'>

export function useTaskActions() {
  const queue = useChangeQueue()
  const { zone } = useClock()
  return useMemo(() => {
    const { send, shift, undo, flush, outbox } = queue
    return {
      create: (draft: TaskDraft, options: Pick<SendOptions, 'onRefused'> = {}) =>
        send({ kind: 'create', draft, tempId: newTempId() }, options),
      toggle: (task: Task) => send({ kind: task.completed ? 'reopen' : 'complete', task }),
      reopen: (task: Task) => send({ kind: 'reopen', task }),
      skip: (task: Task) => send({ kind: 'skip', task }),
      edit: (task: Task, patch: TaskPatch, { quiet = true, onRefused }: EditOptions = {}) =>
        send({ kind: 'edit', task, patch }, { quiet, onRefused }),
      move: (task: Task, due: string) => send(moveChange(task, due, zone)),
      /** Moves the task to a project, or for null to the Inbox. */
      file: (task: Task, project_id: number | null, name: string) =>
        send({ kind: 'edit', task, patch: { project_id } }, { words: `Moved to ${name}.` }),
      /** Moves the task one place up or down in its list, unless it is at the end. False if it is in no such list. */
      shift: (task: Task, step: 1 | -1) => {
        const placed = isPlacedHere(task.id)
        if (placed) void shift(task.id, step)
        return placed
      },
      /** Moves many tasks with one message and one undo step. */
      moveAll: (moves: readonly { task: Task; due: string }[], words: string) => {
        const step = newStep()
        for (const { task, due } of moves)
          void send(moveChange(task, due, zone, true), { quiet: true, step })
        toast(`${plural(moves.length, 'task')} ${words}`, {
          action: { label: 'Undo', onClick: () => void undo(step) },
        })
      },
      remove: (task: Task) => send({ kind: 'delete', task }),
      restore: (task: Task) => send({ kind: 'restore', task }),
      undo: () => void undo(),
      flush,
      /** Gives a waiting change up. */
      discard: async (row: OutboxRow) => (await outbox()).discard(row),
      /** Answers a question about a waiting change. */
      answer: async (row: OutboxRow, answer: Answer) => {
        const answers = await import('./outbox/answers')
        return answers.give(await outbox(), row, answer)
      },
    }
  }, [queue, zone])
}

export type TaskActions = ReturnType<typeof useTaskActions>
