/** Everything a person can do to a task. Each action is shown at once, sent through the queue, and can be undone. */
'use client'

import { useMemo } from 'react'
import type { Task, TaskDraft, TaskPatch } from '@/api/types'
import { toast } from '@/components/ui/toast'
import { plural } from '@/lib/words'
import type { Change } from '../model/changes'
import { useChangeQueue, type SendOptions } from './queue'
import { shifted } from './places'
import { newStep } from './undo'

type EditOptions = Pick<SendOptions, 'quiet' | 'onRefused'> & {
  /** The server refuses the change if the task was changed elsewhere meanwhile. */
  guarded?: boolean
}

export function useTaskActions() {
  const queue = useChangeQueue()
  return useMemo(() => {
    const { send, undo, flush, discard } = queue
    return {
      create: (draft: TaskDraft, options: Pick<SendOptions, 'onRefused'> = {}) =>
        send({ kind: 'create', draft, key: newKey(), tempId: nextTempId-- }, options),
      toggle: (task: Task) => send({ kind: task.completed ? 'reopen' : 'complete', task }),
      reopen: (task: Task) => send({ kind: 'reopen', task }),
      skip: (task: Task) => send({ kind: 'skip', task }),
      edit: (
        task: Task,
        patch: TaskPatch,
        { quiet = true, onRefused, guarded }: EditOptions = {},
      ) => send({ kind: 'edit', task, patch, guarded }, { quiet, onRefused }),
      move: (task: Task, due: string) => send(moveChange(task, due)),
      /** Moves the task to a project, or for null to the Inbox. */
      file: (task: Task, project_id: number | null, name: string) =>
        send({ kind: 'edit', task, patch: { project_id } }, { words: `Moved to ${name}.` }),
      /** Moves the task one place up or down in its list. False if it is at the end, or in no such list. */
      shift: (task: Task, step: 1 | -1) => {
        const places = shifted(task.id, step)
        if (places) send({ kind: 'place', task, ...places })
        return places !== null
      },
      /** Moves many tasks with one message and one undo step. */
      moveAll: (moves: readonly { task: Task; due: string }[], words: string) => {
        const step = newStep()
        for (const { task, due } of moves) send(moveChange(task, due), { quiet: true, step })
        toast(`${plural(moves.length, 'task')} ${words}`, {
          action: { label: 'Undo', onClick: () => undo(step) },
        })
      },
      remove: (task: Task) => send({ kind: 'delete', task }),
      restore: (task: Task) => send({ kind: 'restore', task }),
      undo: () => undo(),
      flush,
      discard,
    }
  }, [queue])
}

export type TaskActions = ReturnType<typeof useTaskActions>

let nextTempId = -1

/** An Idempotency-Key. crypto.randomUUID does not exist on pages over plain HTTP outside localhost. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    '-',
  )
}

/** Moves one occurrence of a recurring task, so that the series keeps its dates. */
function moveChange(task: Task, due: string): Change {
  return task.recurrence
    ? { kind: 'postpone', task, due, timezone: task.timezone }
    : { kind: 'edit', task, patch: { due_date: due } }
}
