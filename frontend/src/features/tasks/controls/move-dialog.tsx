/** Moves a task: to one of the usual later times, to a date and time from the calendar, or to a project. */
'use client'

import { CalendarDays, CalendarPlus, Clock, Moon, Sunrise } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { Task } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { useClock } from '@/session/clock'
import { dueText, whenOf, type When } from '../model/due'
import { laterChoices, type LaterChoice } from '../model/later'
import { useTaskActions } from '../state/actions'
import { moveTarget } from '../state/open-dialogs'
import { WhenPicker } from './lazy'
import { ProjectFinder } from './project-finder'
import { ShortcutButton } from './shortcut-button'

const LOOK: Record<LaterChoice['label'], { icon: ReactNode; tint: string }> = {
  'In an hour': { icon: <Clock />, tint: 'text-blue' },
  'This evening': { icon: <Moon />, tint: 'text-violet' },
  Tomorrow: { icon: <Sunrise />, tint: 'text-accent' },
  'This weekend': { icon: <CalendarDays />, tint: 'text-amber' },
  'Next week': { icon: <CalendarPlus />, tint: 'text-red' },
}

const TITLE = {
  snooze: 'Move to later',
  date: 'Date and time',
  project: 'Move to a project',
} as const

export function MoveDialog() {
  const target = moveTarget.use()
  return (
    <Dialog
      open={target !== null}
      onOpenChange={() => moveTarget.set(null)}
      title={target ? TITLE[target.mode] : ''}
      className="sm:w-auto sm:max-w-none sm:min-w-[300px]"
    >
      {target?.mode === 'snooze' && <Later task={target.task} />}
      {target?.mode === 'date' && <PickDate task={target.task} />}
      {target?.mode === 'project' && <PickProject task={target.task} />}
    </Dialog>
  )
}

function Later({ task }: { task: Task }) {
  const { now, zone } = useClock()
  const actions = useTaskActions()
  return (
    <>
      <div className="flex flex-col gap-0.5 px-2.5 pt-1 pb-2">
        {laterChoices(task, now, zone).map(({ label, hint, due }) => (
          <ShortcutButton
            key={label}
            label={label}
            hint={hint}
            {...LOOK[label]}
            onClick={() => {
              moveTarget.set(null)
              actions.move(task, due)
            }}
          />
        ))}
        <ShortcutButton
          label="Pick a date"
          icon={<CalendarDays />}
          tint="text-muted"
          onClick={() => moveTarget.set({ task, mode: 'date' })}
        />
      </div>
      {task.recurrence && <SeriesNote task={task} className="max-w-80 px-5" />}
    </>
  )
}

function PickDate({ task }: { task: Task }) {
  const { zone } = useClock()
  const actions = useTaskActions()
  const [when, setWhen] = useState<When>(() => whenOf(task, zone))
  const save = () => {
    moveTarget.set(null)
    const due = dueText(when)
    const before = whenOf(task, zone)
    if (due === dueText(before) && when.timezone === before.timezone) return
    if (due && task.recurrence) return actions.move(task, due)
    actions.edit(
      task,
      { due_date: due, all_day: due !== null && when.time === null, timezone: when.timezone },
      { quiet: false },
    )
  }
  return (
    <form
      className="flex min-h-0 flex-col"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <div className="min-h-0 overflow-y-auto">
        <WhenPicker value={when} onChange={setWhen} withZone={!task.recurrence} />
        {task.recurrence && when.date && <SeriesNote task={task} className="max-w-[282px] px-4" />}
      </div>
      <div className="flex justify-end gap-2 border-t px-3 py-3">
        <Button look="quiet" onClick={() => moveTarget.set(null)}>
          Cancel
        </Button>
        <Button look="primary" type="submit">
          Save
        </Button>
      </div>
    </form>
  )
}

function PickProject({ task }: { task: Task }) {
  const actions = useTaskActions()
  return (
    <ProjectFinder
      chosen={task.project_id}
      onChoose={(project_id, name) => {
        moveTarget.set(null)
        if (project_id !== task.project_id) actions.file(task, project_id, name)
      }}
    />
  )
}

function SeriesNote({ task, className }: { task: Task; className: string }) {
  return (
    <p className={`${className} border-t py-3 text-13 text-muted`}>
      Only this occurrence moves. The series stays {task.recurrence_text ?? 'as it is'}.
    </p>
  )
}
