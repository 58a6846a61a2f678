'use client'

import { AlignLeft, Bell, CalendarClock, CloudAlert, Repeat, Undo2 } from 'lucide-react'
import { memo, useRef, type PointerEvent } from 'react'
import type { Task } from '@/api/types'
import { IconButton } from '@/components/ui/button'
import { useClock } from '@/session/clock'
import { cn } from '@/lib/cn'
import { offsetShort } from '@/lib/duration'
import { agoWords, dueWords, shortDate } from '@/lib/words'
import type { TaskActions } from '../state/actions'
import { Check } from '../controls/check'
import { unsavedChanges, subject } from '../state/unsaved-changes'
import { glowing, resting } from '../state/row-feedback'
import { moveTarget } from '../state/open-dialogs'
import { level } from '../model/priority'
import type { useSelection } from '../state/selection'
import type { View } from '../model/views'

interface RowProps {
  task: Task
  view: View
  /** Under a heading that names the day: only the time is worth saying. */
  bare: boolean
  actions: TaskActions
  selection: ReturnType<typeof useSelection>
}

const SWIPE = 88

export const TaskRow = memo(function TaskRow({
  task: listed,
  view,
  bare,
  actions,
  selection,
}: RowProps) {
  const { now, zone } = useClock()
  const rested = resting.use().get(listed.id)
  const bright = glowing.use().has(listed.id)
  const task = rested?.task ?? listed
  const due = dueWords(task, now, zone)
  const selected = selection.id === task.id
  const pending = task.id < 0
  const unsaved = unsavedChanges.use().some(({ change }) => subject(change) === listed.id)
  const trash = view.name === 'trash'
  const swipe = useSwipe({
    enabled: !trash && !pending,
    onRight: () => actions.toggle(task),
    onLeft: () => moveTarget.set({ task, mode: 'snooze' }),
  })

  const when = rested?.next
    ? { text: `Next: ${shortDate(new Date(rested.next), now, zone)}`, tone: 'next', exact: '' }
    : view.name === 'completed' && task.completed_at
      ? { text: agoWords(new Date(task.completed_at), now, zone), tone: 'later', exact: '' }
      : due && bare
        ? { ...due, text: due.time, tone: due.tone === 'today' ? 'later' : due.tone }
        : due

  return (
    <li
      data-task={task.id}
      aria-busy={pending || undefined}
      className={cn(
        'relative -mx-3 list-none overflow-x-clip rounded-control transition-opacity duration-150',
        rested?.leaving && 'opacity-0',
        pending && !unsaved && 'opacity-60',
      )}
    >
      <SwipeGround />
      <div
        {...swipe}
        onClick={() => !pending && selection.open(task.id)}
        className={cn(
          'group relative flex min-h-13 items-center gap-3 bg-ground sm:rounded-control px-3 py-2 transition-colors duration-100 sm:min-h-10 sm:py-[7px]',
          selected ? 'bg-accent-soft' : 'sm:hover:bg-hover',
          bright && 'animate-glow',
        )}
      >
        <Check task={task} onToggle={() => actions.toggle(task)} />
        <div className="flex min-w-0 flex-1 flex-col sm:flex-row sm:items-center sm:gap-3">
          <button
            type="button"
            data-title
            dir="auto"
            onClick={(event) => {
              event.stopPropagation()
              if (!pending) selection.open(task.id)
            }}
            title={task.title.length > 70 ? task.title : undefined}
            className={cn(
              'line-clamp-2 min-w-0 flex-1 rounded-sm text-start text-15 font-[470] break-words transition-colors duration-150',
              task.completed && 'text-muted line-through decoration-idle',
            )}
          >
            {task.title}
            {task.priority > 0 && (
              <span className="sr-only">, {level(task.priority)} priority</span>
            )}
          </button>
          <div className="flex min-w-0 items-center gap-x-3 text-13 text-muted max-sm:flex-wrap sm:shrink-0 sm:justify-end">
            <Marks task={task} />
            {unsaved && (
              <span className="flex items-center gap-1 text-amber">
                <CloudAlert aria-hidden className="size-3.5" strokeWidth={1.75} />
                Not saved yet
              </span>
            )}
            <When
              task={task}
              words={when}
              onMove={
                trash || task.completed ? null : () => moveTarget.set({ task, mode: 'snooze' })
              }
            />
          </div>
        </div>
        {trash && (
          <IconButton
            label={`Restore: ${task.title}`}
            className="-mr-1.5"
            onClick={(event) => {
              event.stopPropagation()
              actions.restore(task)
            }}
          >
            <Undo2 aria-hidden className="size-4" strokeWidth={1.5} />
          </IconButton>
        )}
      </div>
    </li>
  )
})

interface WhenWords {
  text: string
  tone: string
  exact: string
}

/** The date says when, and is the way to another day; a task without one shows the way when it is pointed at. */
function When({
  task,
  words,
  onMove,
}: {
  task: Task
  words: WhenWords | null
  onMove: (() => void) | null
}) {
  const told = words?.text && (
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
      told && (
        <span title={words.exact || undefined} className="max-sm:order-first">
          {told}
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
        // On a phone a swipe moves it: a target this small would only be hit by mistake.
        'flex items-center rounded-md max-sm:pointer-events-none max-sm:order-first sm:-mr-2 sm:h-7 sm:px-2 sm:hover:bg-press',
        !told && 'opacity-0 group-hover:opacity-100 focus-visible:opacity-100 max-sm:hidden',
      )}
    >
      {told || <CalendarClock aria-hidden className="size-4" strokeWidth={1.5} />}
    </button>
  )
}

/** Everything about the task that is not its name, as quietly as it can be said. */
function Marks({ task }: { task: Task }) {
  // The usual reminders need no mark; only what somebody chose for this task does.
  const reminders = task.reminders ?? []
  return (
    <>
      {task.tags.slice(0, 3).map((tag) => (
        <span key={tag} dir="auto" className="max-w-28 truncate">
          <span className="text-muted">#</span>
          {tag}
        </span>
      ))}
      {task.description && (
        <span title="Has notes" className="max-sm:hidden">
          <AlignLeft aria-hidden className="size-3.5" strokeWidth={1.75} />
          <span className="sr-only">Has notes</span>
        </span>
      )}
      {reminders.length > 0 && !task.completed && (
        <span
          title={`Reminders: ${reminders.map(offsetShort).join(', ')}`}
          className="max-sm:hidden"
        >
          <Bell aria-hidden className="size-3.5" strokeWidth={1.75} />
          <span className="sr-only">Has reminders</span>
        </span>
      )}
      {task.recurrence && (
        <span title={task.recurrence_text ?? undefined} className="flex min-w-0 items-center gap-1">
          <Repeat aria-hidden className="size-3.5 shrink-0" strokeWidth={1.75} />
          <span className="truncate sm:max-w-44">{task.recurrence_text ?? 'repeats'}</span>
        </span>
      )}
    </>
  )
}

function SwipeGround() {
  return (
    <div aria-hidden className="absolute inset-0 flex rounded-control sm:hidden">
      <div className="swipe-done flex flex-1 items-center bg-accent-soft pl-5 text-13 font-semibold text-accent">
        Done
      </div>
      <div className="flex flex-1 items-center justify-end bg-amber-soft pr-5 text-13 font-semibold text-amber">
        Later
      </div>
    </div>
  )
}

/** Sideways with a finger: right is done, left is later. Mouse and keyboard have buttons for both. */
function useSwipe({
  enabled,
  onRight,
  onLeft,
}: {
  enabled: boolean
  onRight: () => void
  onLeft: () => void
}) {
  const start = useRef<{ x: number; y: number; sideways: boolean } | null>(null)
  const settle = (element: HTMLElement) => {
    element.style.transition = 'transform 160ms ease-out'
    element.style.transform = ''
    start.current = null
  }
  return {
    style: { touchAction: 'pan-y' as const },
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (enabled && event.pointerType === 'touch')
        start.current = { x: event.clientX, y: event.clientY, sideways: false }
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const from = start.current
      if (!from) return
      const x = event.clientX - from.x
      if (!from.sideways && Math.abs(x) < 10) return
      if (!from.sideways && Math.abs(event.clientY - from.y) > Math.abs(x)) {
        start.current = null
        return
      }
      from.sideways = true
      event.currentTarget.setPointerCapture(event.pointerId)
      event.currentTarget.style.transition = 'none'
      event.currentTarget.style.transform = `translateX(${Math.max(-140, Math.min(140, x))}px)`
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const from = start.current
      if (!from) return
      const x = event.clientX - from.x
      settle(event.currentTarget)
      if (!from.sideways) return
      if (x > SWIPE) onRight()
      else if (x < -SWIPE) onLeft()
    },
    onPointerCancel: (event: PointerEvent<HTMLElement>) => settle(event.currentTarget),
  }
}
