'use client'

import { useState } from 'react'
import type { RecurrenceMode } from '@/api/types'
import { Chip, Segments } from '@/components/ui/primitives'
import { Button } from '@/components/ui/button'
import { inputLook, Select } from '@/components/ui/field'
import { Dialog } from '@/components/ui/layers'
import { cn } from '@/lib/cn'
import { parseDateField, weekday, type Wall } from '@/lib/zoned'
import {
  emptyForm,
  fromRule,
  NTH,
  ordinal,
  presetOf,
  presets,
  toRule,
  WEEKDAYS,
  WEEKDAYS_LONG,
  type Ends,
  type Frequency,
  type Monthly,
  type RuleForm,
} from './model'
import { NextDates } from './preview'

export interface Recurrence {
  rule: string | null
  mode: RecurrenceMode
}

interface EditorProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  value: Recurrence
  /** Words for a rule that this form cannot take apart. */
  words: string | null
  /** As the API takes it, with the wall time it means. */
  due: { text: string; wall: Wall; allDay: boolean; timezone: string }
  onSave: (value: Recurrence) => void
}

export function RecurrenceDialog(props: EditorProps) {
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title="Repeat"
      className="sm:max-w-130"
    >
      {props.open && <Editor {...props} />}
    </Dialog>
  )
}

const MODES: readonly { value: RecurrenceMode; label: string; words: string }[] = [
  {
    value: 'from_due',
    label: 'From due date',
    words: 'The next date follows the last due date, even when you are late.',
  },
  {
    value: 'from_completion',
    label: 'From completion',
    words: 'The next date counts from the day you complete it.',
  },
  {
    value: 'skip_missed',
    label: 'Skip missed',
    words: 'On the due dates; those that passed meanwhile are skipped.',
  },
]

function Editor({ value, words, due, onSave, onOpenChange }: EditorProps) {
  const [rule, setRule] = useState(value.rule)
  const [mode, setMode] = useState(value.mode)
  const preset = presetOf(rule, due.wall)
  const [custom, setCustom] = useState(value.rule !== null && preset === null)
  const form = rule === null ? null : fromRule(rule)
  const unsupported = rule !== null && form === null

  const change = (next: Partial<RuleForm>) =>
    setRule(toRule({ ...(form ?? startingForm(due.wall)), ...next }))

  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault()
        onSave({ rule, mode })
        onOpenChange(false)
      }}
    >
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-5 pt-2 pb-5">
        <div className="flex flex-wrap gap-2">
          {presets(due.wall).map((choice) => (
            <Chip
              key={choice.key}
              selected={!custom && preset === choice.key}
              onClick={() => {
                setRule(choice.rule)
                setCustom(false)
              }}
            >
              {choice.label}
            </Chip>
          ))}
          <Chip
            selected={custom}
            onClick={() => {
              setCustom(true)
              if (rule === null) setRule(toRule(startingForm(due.wall)))
            }}
          >
            Custom
          </Chip>
        </div>

        {custom && unsupported && (
          <div className="rounded-control bg-hover px-3 py-2.5 text-13 text-soft">
            <span className="first-letter:uppercase">{words ?? 'A rule from elsewhere'}</span>. This
            rule is richer than this form; it is kept exactly as it is.{' '}
            <button
              type="button"
              className="font-medium text-accent underline-offset-2 hover:underline"
              onClick={() => setRule(toRule(startingForm(due.wall)))}
            >
              Replace it
            </button>
          </div>
        )}
        {custom && form && <Custom form={form} due={due.wall} change={change} />}

        {rule !== null && (
          <div className="flex flex-col gap-2">
            <Segments label="Counting" value={mode} options={MODES} onChange={setMode} />
            <p className="text-13 text-muted">
              {MODES.find((choice) => choice.value === mode)?.words}
            </p>
          </div>
        )}

        {rule !== null && (
          <div className="border-t pt-4">
            <NextDates
              of={{
                due: due.text,
                timezone: due.timezone,
                allDay: due.allDay,
                rule,
                mode,
              }}
            />
          </div>
        )}
      </div>
      <div className="flex justify-end gap-2 border-t px-5 py-3">
        <Button look="quiet" onClick={() => onOpenChange(false)}>
          Cancel
        </Button>
        <Button look="primary" type="submit">
          Save
        </Button>
      </div>
    </form>
  )
}

function startingForm(due: Wall): RuleForm {
  return { ...emptyForm(), weekdays: [weekday(due)] }
}

const UNITS: Record<Frequency, [string, string]> = {
  DAILY: ['day', 'days'],
  WEEKLY: ['week', 'weeks'],
  MONTHLY: ['month', 'months'],
  YEARLY: ['year', 'years'],
}

function Custom({
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
              monthly: { on: 'same-day' },
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

      {form.frequency === 'WEEKLY' && (
        <div role="group" aria-label="Weekdays" className="flex gap-1.5">
          {WEEKDAYS.map((name, day) => {
            const taken = form.weekdays.includes(day)
            return (
              <button
                key={name}
                type="button"
                aria-pressed={taken}
                aria-label={WEEKDAYS_LONG[day]}
                onClick={() => {
                  const weekdays = taken
                    ? form.weekdays.filter((other) => other !== day)
                    : [...form.weekdays, day]
                  if (weekdays.length) change({ weekdays })
                }}
                className={cn(
                  'h-9 flex-1 rounded-control border border-edge text-13 font-medium text-soft transition-colors duration-150 hover:bg-hover max-sm:h-11',
                  taken && 'border-accent bg-accent text-on-accent hover:bg-accent-strong',
                )}
              >
                {name}
              </button>
            )
          })}
        </div>
      )}

      {form.frequency === 'MONTHLY' && (
        <MonthlyChoice monthly={form.monthly} due={due} change={(monthly) => change({ monthly })} />
      )}

      <EndsChoice ends={form.ends} due={due} change={(ends) => change({ ends })} />
    </div>
  )
}

function MonthlyChoice({
  monthly,
  due,
  change,
}: {
  monthly: Monthly
  due: Wall
  change: (monthly: Monthly) => void
}) {
  const nth = Math.min(4, Math.ceil(due.day / 7))
  return (
    <div className="flex flex-col gap-3">
      <Segments
        label="In the month"
        value={monthly.on}
        options={[
          { value: 'same-day', label: `On the ${ordinal(due.day)}` },
          { value: 'days', label: 'Days' },
          { value: 'nth', label: 'Weekday' },
          { value: 'last-day', label: 'Last day' },
        ]}
        onChange={(on) => {
          if (on === 'nth') change({ on, n: nth, weekday: weekday(due) })
          else if (on === 'days') change({ on, days: [due.day] })
          else change({ on })
        }}
      />
      {monthly.on === 'same-day' && due.day > 28 && (
        <p className="text-13 text-muted">
          Months without a {ordinal(due.day)} use their last day; the next one is back on the{' '}
          {ordinal(due.day)}.
        </p>
      )}
      {monthly.on === 'days' && (
        <div role="group" aria-label="Days of the month" className="grid grid-cols-7 gap-1">
          {Array.from({ length: 31 }, (_, index) => index + 1).map((day) => {
            const taken = monthly.days.includes(day)
            return (
              <button
                key={day}
                type="button"
                aria-pressed={taken}
                onClick={() => {
                  const days = taken
                    ? monthly.days.filter((other) => other !== day)
                    : [...monthly.days, day]
                  if (days.length) change({ on: 'days', days })
                }}
                className={cn(
                  'h-8 rounded-md text-13 text-soft tabular hover:bg-hover max-sm:h-11',
                  taken && 'bg-accent font-semibold text-on-accent hover:bg-accent-strong',
                )}
              >
                {day}
              </button>
            )
          })}
        </div>
      )}
      {monthly.on === 'nth' && (
        <div className="flex flex-wrap items-center gap-2">
          <span>On the</span>
          <Select
            aria-label="Which"
            value={monthly.n}
            onChange={(event) => change({ ...monthly, n: Number(event.target.value) })}
          >
            {NTH.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
          <Select
            aria-label="Weekday"
            value={monthly.weekday}
            onChange={(event) => change({ ...monthly, weekday: Number(event.target.value) })}
          >
            {WEEKDAYS_LONG.map((name, day) => (
              <option key={name} value={day}>
                {name}
              </option>
            ))}
          </Select>
        </div>
      )}
    </div>
  )
}

function EndsChoice({
  ends,
  due,
  change,
}: {
  ends: Ends
  due: Wall
  change: (ends: Ends) => void
}) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="w-10">Ends</span>
      <Select
        aria-label="Ends"
        value={ends.by}
        onChange={(event) => {
          const by = event.target.value
          if (by === 'count') change({ by, count: 10 })
          else if (by === 'date')
            change({ by, date: `${due.year + 1}-${String(due.month).padStart(2, '0')}-01` })
          else change({ by: 'never' })
        }}
      >
        <option value="never">never</option>
        <option value="date">on a date</option>
        <option value="count">after</option>
      </Select>
      {ends.by === 'count' && (
        <>
          <NumberInput
            label="Times"
            value={ends.count}
            onChange={(count) => change({ by: 'count', count })}
          />
          <span>times</span>
        </>
      )}
      {ends.by === 'date' && (
        <input
          type="date"
          aria-label="Last date"
          value={ends.date}
          onChange={(event) =>
            parseDateField(event.target.value) && change({ by: 'date', date: event.target.value })
          }
          className={cn(inputLook, 'w-auto')}
        />
      )}
    </div>
  )
}

function NumberInput({
  label,
  value,
  onChange,
}: {
  label: string
  value: number
  onChange: (value: number) => void
}) {
  const [text, setText] = useState(String(value))
  return (
    <input
      type="number"
      inputMode="numeric"
      min={1}
      max={999}
      aria-label={label}
      value={text}
      onChange={(event) => {
        setText(event.target.value)
        const next = Math.trunc(Number(event.target.value))
        if (next >= 1 && next <= 999) onChange(next)
      }}
      onBlur={() => setText(String(value))}
      className={cn(inputLook, 'w-18')}
    />
  )
}
