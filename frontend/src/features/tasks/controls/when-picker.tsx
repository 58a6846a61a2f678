/** Picks a day, an optional time, and the time zone of that time. */
'use client'

import { CalendarPlus, ChevronLeft, ChevronRight, CircleSlash, Sun, Sunrise } from 'lucide-react'
import { DayPicker } from 'react-day-picker'
import { inputLook } from '@/components/ui/field'
import { Switch } from '@/components/ui/switch'
import { ZonePicker } from '@/components/ui/zone-picker'
import { cn } from '@/lib/cn'
import { addDays, dateField, parseDateField, wallClock, weekday, type Wall } from '@/lib/zoned'
import { useClock } from '@/session/clock'
import type { When } from '../model/due'
import { ShortcutButton } from './shortcut-button'

interface PickerProps {
  value: When
  onChange: (value: When) => void
}

export function WhenPicker({
  value,
  onChange,
  withZone = true,
}: PickerProps & { withZone?: boolean }) {
  const { now } = useClock()
  const today = wallClock(now, value.timezone)
  return (
    <div className="flex w-full flex-col sm:w-[282px]">
      <Shortcuts value={value} onChange={onChange} today={today} />
      <div className="flex justify-center border-t px-2 pt-2 pb-1">
        <Calendar value={value} onChange={onChange} today={today} />
      </div>
      {value.date && <TimeFields value={value} onChange={onChange} withZone={withZone} />}
    </div>
  )
}

function Shortcuts({ value, onChange, today }: PickerProps & { today: Wall }) {
  const pick = (days: number) => onChange({ ...value, date: dateField(addDays(today, days)) })
  return (
    <div className="grid grid-cols-2 gap-0.5 p-2 pb-1">
      <ShortcutButton icon={<Sun />} tint="text-amber" label="Today" onClick={() => pick(0)} />
      <ShortcutButton
        icon={<Sunrise />}
        tint="text-accent"
        label="Tomorrow"
        onClick={() => pick(1)}
      />
      <ShortcutButton
        icon={<CalendarPlus />}
        tint="text-violet"
        label="Next Mon"
        onClick={() => pick(7 - weekday(today))}
      />
      <ShortcutButton
        icon={<CircleSlash />}
        tint="text-muted"
        label="No date"
        onClick={() => onChange({ ...value, date: null, time: null })}
      />
    </div>
  )
}

/** The calendar library works with dates at local midnight. Only year, month and day are passed in and out. */
function Calendar({ value, onChange, today }: PickerProps & { today: Wall }) {
  const parsed = value.date ? parseDateField(value.date) : null
  const selected = parsed ? new Date(parsed.year, parsed.month - 1, parsed.day) : undefined
  const select = (day: Date) => {
    const picked = { year: day.getFullYear(), month: day.getMonth() + 1, day: day.getDate() }
    onChange({ ...value, date: dateField(picked) })
  }
  return (
    <DayPicker
      className="calendar"
      mode="single"
      weekStartsOn={1}
      showOutsideDays
      selected={selected}
      defaultMonth={selected ?? new Date(today.year, today.month - 1, 1)}
      today={new Date(today.year, today.month - 1, today.day)}
      onSelect={(day) => day && select(day)}
      classNames={{
        months: 'relative',
        nav: 'absolute right-0 top-0 flex',
        button_previous:
          'flex size-8 items-center justify-center rounded-control text-muted hover:bg-hover max-sm:size-11',
        button_next:
          'flex size-8 items-center justify-center rounded-control text-muted hover:bg-hover max-sm:size-11',
        month_caption: 'flex h-8 items-center px-2 font-semibold max-sm:h-11',
        day: '',
        today: 'is-today',
        selected: 'is-selected',
        outside: 'is-outside',
      }}
      components={{
        Chevron: ({ orientation }) =>
          orientation === 'left' ? (
            <ChevronLeft className="size-4" strokeWidth={1.75} />
          ) : (
            <ChevronRight className="size-4" strokeWidth={1.75} />
          ),
      }}
    />
  )
}

function TimeFields({ value, onChange, withZone }: PickerProps & { withZone: boolean }) {
  const { zone } = useClock()
  return (
    <div className="flex flex-col gap-2 border-t p-3">
      <label className="flex h-8 items-center justify-between gap-3 max-sm:h-11">
        <span>All day</span>
        <Switch
          label="All day"
          checked={value.time === null}
          onCheckedChange={(allDay) => onChange({ ...value, time: allDay ? null : '09:00' })}
        />
      </label>
      {value.time !== null && (
        <label className="flex items-center justify-between gap-3">
          <span>Time</span>
          <input
            type="time"
            value={value.time}
            onChange={(event) =>
              event.target.value && onChange({ ...value, time: event.target.value })
            }
            className={cn(inputLook, 'w-auto tabular')}
          />
        </label>
      )}
      {withZone && value.time !== null && (
        <div className="flex items-center justify-between gap-3">
          <span>Zone</span>
          <ZonePicker
            value={value.timezone}
            home={zone}
            onChange={(timezone) => onChange({ ...value, timezone })}
          />
        </div>
      )}
    </div>
  )
}
