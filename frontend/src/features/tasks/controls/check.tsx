/** The round checkbox of a task. The ring shows the priority. The click target is larger than the circle. */
'use client'

import { Check as CheckIcon } from 'lucide-react'
import type { Task } from '@/api/types'
import { cn } from '@/lib/cn'
import { level, type PriorityLevel } from '../model/priority'

const RING: Record<PriorityLevel, string> = {
  high: 'border-red',
  medium: 'border-amber',
  low: 'border-blue',
  none: 'border-idle',
}

export function Check({
  task,
  onToggle,
  className,
}: {
  task: Pick<Task, 'title' | 'completed' | 'priority'>
  onToggle: () => void
  className?: string
}) {
  const priority = level(task.priority)
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={task.completed}
      aria-label={`${task.completed ? 'Reopen' : 'Done'}: ${task.title}`}
      onClick={(event) => {
        event.stopPropagation()
        onToggle()
      }}
      className={cn(
        'group/check relative -m-2.5 flex size-10 shrink-0 items-center justify-center rounded-full max-sm:-m-3 max-sm:size-12',
        className,
      )}
    >
      <span
        className={cn(
          'flex size-[18px] items-center justify-center rounded-full transition-colors duration-150 max-sm:size-[21px]',
          task.completed
            ? 'bg-accent text-on-accent'
            : cn('group-hover/check:bg-accent-soft', RING[priority]),
          !task.completed && (priority === 'none' ? 'border-[1.5px]' : 'border-2'),
        )}
      >
        <CheckIcon
          aria-hidden
          strokeWidth={3}
          className={cn(
            'size-3 transition-opacity duration-150',
            task.completed ? 'opacity-100' : 'text-accent opacity-0 group-hover/check:opacity-70',
          )}
        />
      </span>
    </button>
  )
}
