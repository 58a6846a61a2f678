/** The date of a row, and the button that moves the task. A row without a date shows the button on hover. */
'use client'

import { CalendarClock } from 'lucide-react'
import type { Task } from '@/api/types'
import { cn } from '@/lib/cn'
import { agoWords, dueDate, dueWords, type DueWords } from '@/lib/words'
import { useClock } from '@/session/clock'
import type { View } from '../model/views'
import type { Resting } from '../state/row-feedback'

interface RowDateProps {
  task: Task
  view: View
  timeOnly: boolean
  rested: Resting | undefined
  /** Opens the dialog that moves the task, or null where a task cannot be moved. */
  onMove: (() => void) | null
}

interface DateWords extends Pick<DueWords, 'text' | 'exact'> {
  tone: DueWords['tone'] | 'next'
}

export function RowDate({ task, view, timeOnly, rested, onMove }: RowDateProps) {
  const { now, zone } = useClock()
  const words = dateWords(task, view, timeOnly, rested, now, zone)
  const date = words?.text && (
    <time
      dateTime={task.due_date ?? undefined}
      className={cn(
        'whitespace-nowrap',
        words.tone === 'overdue' && !task.completed && 'text-red',
        words.tone === 'today' && !task.completed && 'text-amber',
        words.tone === 'next' && 'font-medium text-accent',
      )}
    >
      {words.text}
    </time>
  )
  if (!onMove)
    return (
      date && (
        <span title={words.exact || undefined} className="max-sm:order-first">
          {date}
        </span>
      )
    )
  return (
    <button
      type="button"
      data-move
      aria-label={`${words?.text ? `${words.text}, move` : 'Move'} to another day: ${task.title}`}
      title={words?.exact ? `${words.exact} · move (s)` : 'Move to another day (s)'}
      onClick={(event) => {
        event.stopPropagation()
        onMove()
      }}
      className={cn(
        // On a phone the row is swiped instead: this target would be too small.
        'flex items-center rounded-md max-sm:pointer-events-none max-sm:order-first sm:-mr-2 sm:h-7 sm:px-2 sm:hover:bg-press',
        !date && 'opacity-0 group-hover:opacity-100 focus-visible:opacity-100 max-sm:hidden',
      )}
    >
      {date || <CalendarClock aria-hidden className="size-4" strokeWidth={1.5} />}
    </button>
  )
}

function dateWords(
  task: Task,
  view: View,
  timeOnly: boolean,
  rested: Resting | undefined,
  now: Date,
  zone: string,
): DateWords | null {
  if (rested?.next)
    return { text: `Next: ${dueDate(rested.next, now, zone)}`, tone: 'next', exact: '' }
  if (view.name === 'completed' && task.completed_at)
    return { text: agoWords(new Date(task.completed_at), now, zone), tone: 'later', exact: '' }
  const due = dueWords(task, now, zone)
  if (!due || !timeOnly) return due
  return { ...due, text: due.time, tone: due.tone === 'today' ? 'later' : due.tone }
}
