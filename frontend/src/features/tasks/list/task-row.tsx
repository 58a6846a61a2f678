/** One task in a list. Swipes, keys and buttons call the same actions. */
'use client'

import { CloudAlert, Undo2 } from 'lucide-react'
import { memo } from 'react'
import type { Task } from '@/api/types'
import { IconButton } from '@/components/ui/button'
import { Marked, Parts, useSearchMarks } from '@/components/ui/marked'
import { cn } from '@/lib/cn'
import { Check } from '../controls/check'
import { level } from '../model/priority'
import { isPlaced, type View } from '../model/views'
import type { TaskActions } from '../state/actions'
import { moveTarget } from '../state/open-dialogs'
import { glowing, resting } from '../state/row-feedback'
import { unsavedTasks } from '../state/rows'
import type { Selection } from '../state/selection'
import { RowDate } from './row-date'
import { RowMarks } from './row-marks'
import { useSwipe } from './use-swipe'

interface RowProps {
  task: Task
  view: View
  /** The heading names the day, so the row shows only the time. */
  timeOnly: boolean
  actions: TaskActions
  selection: Selection
}

export const TaskRow = memo(function TaskRow({
  task: listed,
  view,
  timeOnly,
  actions,
  selection,
}: RowProps) {
  const rested = resting.use().get(listed.id)
  const glows = glowing.use().has(listed.id)
  const unsaved = unsavedTasks.use().has(listed.id)
  const task = rested?.task ?? listed
  const pending = task.id < 0
  const inTrash = view.name === 'trash'
  const move = () => moveTarget.set({ task, mode: 'snooze' })
  const open = () => !pending && selection.open(task.id)
  const swipe = useSwipe({
    enabled: !inTrash && !pending,
    onRight: () => actions.toggle(task),
    onLeft: move,
  })

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
        onClick={open}
        className={cn(
          'group relative flex min-h-13 items-center gap-3 bg-ground sm:rounded-control px-3 py-2 transition-colors duration-100 sm:min-h-10 sm:py-[7px]',
          selection.id === task.id ? 'bg-accent-soft' : 'sm:hover:bg-hover',
          glows && 'animate-glow',
        )}
      >
        <Check task={task} onToggle={() => actions.toggle(task)} />
        <div className="flex min-w-0 flex-1 flex-col sm:flex-row sm:items-center sm:gap-3">
          <Title task={task} onOpen={open} />
          <div className="flex min-w-0 items-center gap-x-3 text-13 text-muted max-sm:flex-wrap sm:shrink-0 sm:justify-end">
            <RowMarks task={task} withProject={!isPlaced(view)} />
            {unsaved && (
              <span className="flex items-center gap-1 text-amber">
                <CloudAlert aria-hidden className="size-3.5" strokeWidth={1.75} />
                Not saved yet
              </span>
            )}
            <RowDate
              task={task}
              view={view}
              timeOnly={timeOnly}
              rested={rested}
              onMove={inTrash || task.completed ? null : move}
            />
          </div>
        </div>
        {inTrash && <RestoreButton task={task} onRestore={() => actions.restore(task)} />}
      </div>
    </li>
  )
})

/** The title; in a search also the notes around the words found. */
function Title({ task, onOpen }: { task: Task; onOpen: () => void }) {
  const search = useSearchMarks()
  const notes = (task.description && search?.excerpt(task.description)) ?? null
  if (!notes) return <TitleButton task={task} onOpen={onOpen} />
  return (
    <div className="flex min-w-0 flex-1 flex-col">
      <TitleButton task={task} onOpen={onOpen} />
      <p dir="auto" className="truncate text-13 text-muted">
        <Parts parts={notes} />
      </p>
    </div>
  )
}

function TitleButton({ task, onOpen }: { task: Task; onOpen: () => void }) {
  return (
    <button
      type="button"
      data-title
      dir="auto"
      onClick={(event) => {
        event.stopPropagation()
        onOpen()
      }}
      title={task.title.length > 70 ? task.title : undefined}
      className={cn(
        'line-clamp-2 min-w-0 flex-1 rounded-sm text-start text-15 font-[470] break-words transition-colors duration-150',
        task.completed && 'text-muted line-through decoration-idle',
      )}
    >
      <Marked text={task.title} />
      {task.priority > 0 && <span className="sr-only">, {level(task.priority)} priority</span>}
    </button>
  )
}

function RestoreButton({ task, onRestore }: { task: Task; onRestore: () => void }) {
  return (
    <IconButton
      label={`Restore: ${task.title}`}
      className="-mr-1.5"
      onClick={(event) => {
        event.stopPropagation()
        onRestore()
      }}
    >
      <Undo2 aria-hidden className="size-4" strokeWidth={1.5} />
    </IconButton>
  )
}

/** What is seen under a row while it is swiped. */
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
