/** The reminders of a task as chips, and a button that adds one. */
'use client'

import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Chip } from '@/components/ui/primitives'
import { Button } from '@/components/ui/button'
import { inputLook, Select } from '@/components/ui/field'
import { Popover } from '@/components/ui/layers'
import { RemovableChip } from '@/components/ui/removable-chip'
import { useClock } from '@/session/clock'
import { cn } from '@/lib/cn'
import { minutesToDuration, offsetWords } from '@/lib/duration'
import { shortDateTime } from '@/lib/words'

const USUAL = ['PT0S', 'PT10M', 'PT1H', 'P1D', 'P7D']
const UNITS = [
  { minutes: 1, label: 'minutes' },
  { minutes: 60, label: 'hours' },
  { minutes: 1440, label: 'days' },
  { minutes: 10_080, label: 'weeks' },
] as const

export function reminderWords(entry: string, now: Date, zone: string): string {
  const words = offsetWords(entry)
  if (words) return words
  const instant = new Date(entry)
  return Number.isNaN(instant.getTime()) ? 'Once' : shortDateTime(instant, now, zone)
}

export function ReminderChips({
  value,
  onChange,
}: {
  value: string[]
  onChange: (value: string[]) => void
}) {
  const { now, zone } = useClock()
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {value.map((entry) => {
        const words = reminderWords(entry, now, zone)
        return (
          <RemovableChip
            key={entry}
            removeLabel={`Remove reminder: ${words}`}
            onRemove={() => onChange(value.filter((other) => other !== entry))}
          >
            {words}
          </RemovableChip>
        )
      })}
      <AddReminder
        offered={USUAL.filter((entry) => !value.includes(entry))}
        onAdd={(entry) => {
          if (!value.includes(entry)) onChange([...value, entry])
        }}
      />
    </div>
  )
}

function AddReminder({ offered, onAdd }: { offered: string[]; onAdd: (entry: string) => void }) {
  const [open, setOpen] = useState(false)
  const add = (entry: string) => {
    onAdd(entry)
    setOpen(false)
  }
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      aria-label="Add a reminder"
      className="w-72 p-3"
      trigger={
        <button
          type="button"
          aria-label="Add a reminder"
          className="inline-flex h-7 items-center gap-1 rounded-full border border-dashed border-edge px-2.5 text-13 font-medium text-muted hover:bg-hover hover:text-ink max-sm:h-11"
        >
          <Plus aria-hidden className="size-3.5" strokeWidth={1.75} />
          Add
        </button>
      }
    >
      <div className="flex flex-wrap gap-1.5">
        {offered.map((entry) => (
          <Chip key={entry} onClick={() => add(entry)}>
            {offsetWords(entry)}
          </Chip>
        ))}
      </div>
      <CustomOffset onAdd={add} />
    </Popover>
  )
}

function CustomOffset({ onAdd }: { onAdd: (entry: string) => void }) {
  const [amount, setAmount] = useState('30')
  const [unit, setUnit] = useState(1)
  const minutes = Math.trunc(Number(amount)) * unit
  return (
    <form
      className="mt-3 flex items-center gap-2 border-t pt-3"
      onSubmit={(event) => {
        event.preventDefault()
        // React bubbles events out of the popover, so a form around it would be submitted too.
        event.stopPropagation()
        if (minutes > 0) onAdd(minutesToDuration(minutes))
      }}
    >
      <input
        type="number"
        min={1}
        max={999}
        inputMode="numeric"
        aria-label="How long before"
        value={amount}
        onChange={(event) => setAmount(event.target.value)}
        className={cn(inputLook, 'w-16')}
      />
      <Select
        aria-label="Unit"
        value={unit}
        onChange={(event) => setUnit(Number(event.target.value))}
        className="flex-1"
      >
        {UNITS.map(({ minutes, label }) => (
          <option key={minutes} value={minutes}>
            {label} before
          </option>
        ))}
      </Select>
      <Button type="submit">Add</Button>
    </form>
  )
}
