/** The form for a rule that no preset covers: how often, on which days, until when. */
'use client'

import { Select } from '@/components/ui/field'
import { cn } from '@/lib/cn'
import { WEEKDAYS, WEEKDAYS_LONG } from '@/lib/words'
import { weekday, type Wall } from '@/lib/zoned'
import { EndChoice } from './end-choice'
import { MonthDayChoice } from './month-day-choice'
import { NumberInput } from './number-input'
import { toggled, type Frequency, type RuleForm } from './rule-form'

const UNITS: Record<Frequency, [string, string]> = {
  DAILY: ['day', 'days'],
  WEEKLY: ['week', 'weeks'],
  MONTHLY: ['month', 'months'],
  YEARLY: ['year', 'years'],
}

export function CustomRule({
  form,
  due,
  change,
}: {
  form: RuleForm
  due: Wall
  change: (next: Partial<RuleForm>) => void
}) {
  return (
    <div className="flex flex-col gap-4">
      <IntervalChoice form={form} due={due} change={change} />
      {form.frequency === 'WEEKLY' && (
        <WeekdayChoice days={form.weekdays} onChange={(weekdays) => change({ weekdays })} />
      )}
      {form.frequency === 'MONTHLY' && (
        <MonthDayChoice
          value={form.monthDay}
          due={due}
          onChange={(monthDay) => change({ monthDay })}
        />
      )}
      <EndChoice end={form.end} due={due} onChange={(end) => change({ end })} />
    </div>
  )
}

function IntervalChoice({
  form,
  due,
  change,
}: {
  form: RuleForm
  due: Wall
  change: (next: Partial<RuleForm>) => void
}) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span>Every</span>
      <NumberInput
        label="Interval"
        value={form.interval}
        onChange={(interval) => change({ interval })}
      />
      <Select
        aria-label="Unit"
        value={form.frequency}
        onChange={(event) => {
          const frequency = event.target.value as Frequency
          change({
            frequency,
            weekdays: frequency === 'WEEKLY' ? [weekday(due)] : [],
            monthDay: { on: 'same-day' },
          })
        }}
      >
        {Object.entries(UNITS).map(([frequency, [one, many]]) => (
          <option key={frequency} value={frequency}>
            {form.interval === 1 ? one : many}
          </option>
        ))}
      </Select>
    </div>
  )
}

function WeekdayChoice({ days, onChange }: { days: number[]; onChange: (days: number[]) => void }) {
  return (
    <div role="group" aria-label="Weekdays" className="flex gap-1.5">
      {WEEKDAYS.map((name, day) => (
        <button
          key={name}
          type="button"
          aria-pressed={days.includes(day)}
          aria-label={WEEKDAYS_LONG[day]}
          onClick={() => onChange(toggled(days, day))}
          className={cn(
            'h-9 flex-1 rounded-control border border-edge text-13 font-medium text-soft transition-colors duration-150 hover:bg-hover max-sm:h-11',
            days.includes(day) && 'border-accent bg-accent text-on-accent hover:bg-accent-strong',
          )}
        >
          {name}
        </button>
      ))}
    </div>
  )
}
