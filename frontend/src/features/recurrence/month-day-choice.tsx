/** Which day of the month a monthly rule means. */
'use client'

import { Segments } from '@/components/ui/primitives'
import { Select } from '@/components/ui/field'
import { cn } from '@/lib/cn'
import { WEEKDAYS_LONG } from '@/lib/words'
import { weekday, type Wall } from '@/lib/zoned'
import { ordinal } from './presets'
import { NTH, toggled, type MonthDay } from './rule-form'

export function MonthDayChoice({
  value,
  due,
  onChange,
}: {
  value: MonthDay
  due: Wall
  onChange: (value: MonthDay) => void
}) {
  return (
    <div className="flex flex-col gap-3">
      <Segments
        label="Day of the month"
        value={value.on}
        options={[
          { value: 'same-day', label: `On the ${ordinal(due.day)}` },
          { value: 'days', label: 'Chosen days' },
          { value: 'nth', label: 'Weekday' },
          { value: 'last-day', label: 'Last day' },
        ]}
        onChange={(on) => onChange(startingDay(on, due))}
      />
      {value.on === 'same-day' && due.day > 28 && (
        <p className="text-13 text-muted">
          In months without a {ordinal(due.day)}, the task is due on the last day.
        </p>
      )}
      {value.on === 'days' && (
        <DayGrid days={value.days} onChange={(days) => onChange({ on: 'days', days })} />
      )}
      {value.on === 'nth' && <NthWeekday value={value} onChange={onChange} />}
    </div>
  )
}

function startingDay(on: MonthDay['on'], due: Wall): MonthDay {
  switch (on) {
    case 'same-day':
    case 'last-day':
      return { on }
    case 'days':
      return { on, days: [due.day] }
    case 'nth':
      return { on, n: Math.min(4, Math.ceil(due.day / 7)), weekday: weekday(due) }
  }
}

function DayGrid({ days, onChange }: { days: number[]; onChange: (days: number[]) => void }) {
  return (
    <div role="group" aria-label="Days of the month" className="grid grid-cols-7 gap-1">
      {Array.from({ length: 31 }, (_, index) => index + 1).map((day) => (
        <button
          key={day}
          type="button"
          aria-pressed={days.includes(day)}
          onClick={() => onChange(toggled(days, day))}
          className={cn(
            'h-8 rounded-md text-13 text-soft tabular hover:bg-hover max-sm:h-11',
            days.includes(day) && 'bg-accent font-semibold text-on-accent hover:bg-accent-strong',
          )}
        >
          {day}
        </button>
      ))}
    </div>
  )
}

type Nth = Extract<MonthDay, { on: 'nth' }>

function NthWeekday({ value, onChange }: { value: Nth; onChange: (value: Nth) => void }) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span>On the</span>
      <Select
        aria-label="Which one"
        value={value.n}
        onChange={(event) => onChange({ ...value, n: Number(event.target.value) })}
      >
        {NTH.map(({ value: n, label }) => (
          <option key={n} value={n}>
            {label}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Weekday"
        value={value.weekday}
        onChange={(event) => onChange({ ...value, weekday: Number(event.target.value) })}
      >
        {WEEKDAYS_LONG.map((name, day) => (
          <option key={name} value={day}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  )
}
