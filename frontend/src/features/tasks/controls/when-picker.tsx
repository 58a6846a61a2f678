'use client'

import { CalendarPlus, ChevronLeft, ChevronRight, CircleSlash, Sun, Sunrise } from 'lucide-react'
import { DayPicker } from 'react-day-picker'
import { Switch } from '@/components/ui/switch'
import { inputLook } from '@/components/ui/field'
import { ZonePicker } from '@/components/ui/zone-picker'
import { useClock } from '@/session/clock'
import type { When } from '../model/due'
import { Quick } from './shortcut-button'
import { cn } from '@/lib/cn'
import { addDays, dateField, parseDateField, wallClock, weekday } from '@/lib/zoned'

export function WhenPicker({
  value,
  onChange,
  withZone = true,
}: {
  value: When
  onChange: (value: When) => void
  withZone?: boolean
}) {
  const { now, zone } = useClock()
  const today = wallClock(now, value.timezone)
  const pick = (days: number) => onChange({ ...value, date: dateField(addDays(today, days)) })
  const parsed = value.date ? parseDateField(value.date) : null
  // The calendar draws local midnights; only year, month and day cross the border, in both directions.
  const selected = parsed ? new Date(parsed.year, parsed.month - 1, parsed.day) : undefined
  const monday = 7 - weekday(today)

  return (
    <div className="flex w-full flex-col sm:w-[282px]">
      <div className="grid grid-cols-2 gap-0.5 p-2 pb-1">
        <Quick icon={<Sun />} tint="text-amber" label="Today" onClick={() => pick(0)} />
        <Quick icon={<Sunrise />} tint="text-accent" label="Tomorrow" onClick={() => pick(1)} />
        <Quick
          icon={<CalendarPlus />}
          tint="text-violet"
          label="Next Mon"
          onClick={() => pick(monday)}
        />
        <Quick
          icon={<CircleSlash />}
          tint="text-muted"
          label="No date"
          onClick={() => onChange({ ...value, date: null, time: null })}
        />
      </div>
      <div className="flex justify-center border-t px-2 pt-2 pb-1">
        <DayPicker
          className="calendar"
          mode="single"
          weekStartsOn={1}
          showOutsideDays
          selected={selected}
          defaultMonth={selected ?? new Date(today.year, today.month - 1, 1)}
          today={new Date(today.year, today.month - 1, today.day)}
          onSelect={(day) =>
            day &&
            onChange({
              ...value,
              date: dateField({
                year: day.getFullYear(),
                month: day.getMonth() + 1,
                day: day.getDate(),
              }),
            })
          }
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
      </div>
      {value.date && (
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
      )}
    </div>
  )
}
