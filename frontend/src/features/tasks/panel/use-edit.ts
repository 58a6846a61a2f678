/** Edits the task and keeps the server's refusal, so that the field it is about can show it. */
'use client'

import { useState } from 'react'
import { sentence, type Problem } from '@/api/problem'
import type { Task, TaskPatch } from '@/api/types'
import type { TaskActions } from '../state/actions'

export type Edit = (
  patch: TaskPatch,
  options?: {
    quiet?: boolean
    /** What the person saw when they began to type, if the task has changed since. */
    seen?: Partial<Task>
    onRefused?: (problem: Problem) => void
  },
) => Promise<boolean>

export function useEdit(task: Task, actions: TaskActions) {
  const [refused, setRefused] = useState<{ fields: string[]; problem: Problem } | null>(null)
  const edit: Edit = (patch, { seen, ...options } = {}) => {
    setRefused(null)
    return actions.edit({ ...task, ...seen }, patch, {
      ...options,
      onRefused: (problem) => {
        setRefused({ fields: Object.keys(patch), problem })
        options.onRefused?.(problem)
      },
    })
  }
  const errorOf = (...fields: string[]) =>
    refused?.fields.some((field) => fields.includes(field)) ? sentence(refused.problem) : undefined
  return { edit, errorOf }
}
