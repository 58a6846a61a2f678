'use client'

import { CalendarDays, Clock, Moon, Sunrise, CalendarPlus } from 'lucide-react'
import { useState } from 'react'
import type { Task } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { useClock } from '@/session/clock'
import { WEEKDAYS } from '@/lib/words'
import { addDays, dateField, timeField, wallClock, weekday } from '@/lib/zoned'
import { useTaskActions } from '../state/actions'
import { dueText, whenOf, type When } from '../model/due'
import { WhenPicker } from './lazy'
import { moveTarget } from '../state/open-dialogs'
import { Quick } from './shortcut-button'

export function MoveDialog() {
  const target = moveTarget.use()
  return (
    <Dialog
      open={target !== null}
      onOpenChange={() => moveTarget.set(null)}
      title={target?.mode === 'date' ? 'Date and time' : 'Move to later'}
      className="sm:w-auto sm:max-w-none sm:min-w-[300px]"
    >
      {target?.mode === 'snooze' && <Snooze task={target.task} />}
      {target?.mode === 'date' && <PickDate task={target.task} />}
    </Dialog>
  )
}

function Snooze({ task }: { task: Task }) {
  const { now, zone } = useClock()
  const actions = useTaskActions()
  const when = whenOf(task)
  const today = wallClock(now, task.timezone)
  const at = when.time ? `T${when.time}:00` : ''
  const inAnHour = wallClock(new Date(now.getTime() + 3_600_000), task.timezone)
  const here = wallClock(now, zone)
  const saturday = 5 - weekday(today)
  const monday = 7 - weekday(today)

  const choices = [
    {
      label: 'In an hour',
      hint: timeField(wallClock(new Date(now.getTime() + 3_600_000), zone)),
      icon: <Clock />,
      tint: 'text-blue',
      due: `${dateField(inAnHour)}T${timeField(inAnHour)}:00`,
      show: true,
    },
    {
      label: 'This evening',
      hint: '18:00',
      icon: <Moon />,
      tint: 'text-violet',
      due: `${dateField(today)}T18:00:00`,
      show: here.hour < 17,
    },
    {
      label: 'Tomorrow',
      hint: WEEKDAYS[(weekday(today) + 1) % 7],
      icon: <Sunrise />,
      tint: 'text-accent',
      due: dateField(addDays(today, 1)) + at,
      show: true,
    },
    {
      label: 'This weekend',
      hint: 'Sat',
      icon: <CalendarDays />,
      tint: 'text-amber',
      due: dateField(addDays(today, saturday)) + at,
      show: saturday > 1,
    },
    {
      label: 'Next week',
      hint: 'Mon',
      icon: <CalendarPlus />,
      tint: 'text-red',
      due: dateField(addDays(today, monday)) + at,
      show: true,
    },
  ]
  return (
    <>
      <div className="flex flex-col gap-0.5 px-2.5 pt-1 pb-2">
        {choices
          .filter(({ show }) => show)
          .map(({ label, hint, icon, tint, due }) => (
            <Quick
              key={label}
              label={label}
              hint={hint}
              icon={icon}
              tint={tint}
              onClick={() => {
                moveTarget.set(null)
                actions.move(task, due)
              }}
            />
          ))}
        <Quick
          label="Pick a date"
          icon={<CalendarDays />}
          tint="text-muted"
          onClick={() => moveTarget.set({ task, mode: 'date' })}
        />
      </div>
      {task.recurrence && (
        <p className="max-w-80 border-t px-5 py-3 text-13 text-muted">
          Only this occurrence moves. The series stays {task.recurrence_text ?? 'as it is'}.
        </p>
      )}
    </>
  )
}

function PickDate({ task }: { task: Task }) {
  const actions = useTaskActions()
  const [when, setWhen] = useState<When>(() => whenOf(task))
  const due = dueText(when)
  const save = (next: When) => {
    moveTarget.set(null)
    const text = dueText(next)
    if (text === dueText(whenOf(task)) && next.timezone === task.timezone) return
    if (text && task.recurrence) actions.move(task, text)
    else
      actions.edit(
        task,
        { due_date: text, all_day: text !== null && next.time === null, timezone: next.timezone },
        { quiet: false },
      )
  }
  return (
    <form
      className="flex min-h-0 flex-col"
      onSubmit={(event) => {
        event.preventDefault()
        save(when)
      }}
    >
      <div className="min-h-0 overflow-y-auto">
        <WhenPicker value={when} onChange={setWhen} withZone={!task.recurrence} />
        {task.recurrence && due && (
          <p className="max-w-[282px] border-t px-4 py-3 text-13 text-muted">
            Only this occurrence moves. The series stays {task.recurrence_text ?? 'as it is'}.
          </p>
        )}
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
