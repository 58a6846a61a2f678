/** The line of the panel with the due date. */
'use client'

import { CalendarDays } from 'lucide-react'
import { useState, type ComponentProps } from 'react'
import type { Task } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/layers'
import { cn } from '@/lib/cn'
import { dueWords, zoneCity } from '@/lib/words'
import { useClock } from '@/session/clock'
import { WhenPicker } from '../controls/lazy'
import { dueText, whenOf } from '../model/due'
import { PanelLine, ValueButton } from './panel-line'
import type { Edit } from './use-edit'

export function DueLine({ task, edit, error }: { task: Task; edit: Edit; error?: string }) {
  const { zone } = useClock()
  const [open, setOpen] = useState(false)
  const [when, setWhen] = useState(() => whenOf(task, zone))

  const openChange = (next: boolean) => {
    setOpen(next)
    if (next) return setWhen(whenOf(task, zone))
    const before = whenOf(task, zone)
    if (when.date === before.date && when.time === before.time && when.timezone === before.timezone)
      return
    edit(
      {
        due_date: dueText(when),
        all_day: when.date !== null && when.time === null,
        timezone: when.timezone,
      },
      { quiet: false },
    )
  }

  return (
    <PanelLine icon={<CalendarDays />} label="Due" error={error}>
      <Popover
        open={open}
        onOpenChange={openChange}
        aria-label="Due"
        trigger={<DueButton task={task} />}
      >
        <WhenPicker value={when} onChange={setWhen} />
        <div className="sticky bottom-0 flex justify-end border-t bg-raised p-2">
          <Button look="primary" className="w-full" onClick={() => openChange(false)}>
            Set
          </Button>
        </div>
      </Popover>
    </PanelLine>
  )
}

function DueButton({ task, ...trigger }: { task: Task } & ComponentProps<'button'>) {
  const { now, zone } = useClock()
  const due = dueWords(task, now, zone)
  if (!due)
    return (
      <ValueButton {...trigger}>
        <span className="text-muted">Add a date</span>
      </ValueButton>
    )
  const otherZone = !task.all_day && task.timezone !== zone
  return (
    <ValueButton {...trigger} title={due.exact}>
      <span
        className={cn(
          !task.completed && due.tone === 'overdue' && 'text-red',
          !task.completed && due.tone === 'today' && 'text-amber',
        )}
      >
        {due.text}
      </span>
      <span className="truncate text-13 text-muted">
        {shortExact(due.exact, due.text)}
        {otherZone && ` · ${whenOf(task, zone).time} in ${zoneCity(task.timezone)}`}
      </span>
    </ValueButton>
  )
}

/** The date behind words such as "Tomorrow": "Mon 30 Nov 2026", and the time if the words do not have it. */
function shortExact(exact: string, words: string): string {
  const date = exact.split(',')[0] ?? exact
  const [weekday = '', day, month = '', year] = date.split(' ')
  const short = `${weekday.slice(0, 3)} ${day} ${month.slice(0, 3)} ${year}`
  const time = /(\d\d:\d\d)/.exec(exact)?.[1]
  return time && !words.includes(time) ? `${short}, ${time}` : short
}
