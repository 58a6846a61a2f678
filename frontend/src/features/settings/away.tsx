/** Settings: the time in which the person is away and reminders wait. */
'use client'

import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { inputLook } from '@/components/ui/field'
import { useClock } from '@/session/clock'
import { useMe } from '@/session/me'
import { cn } from '@/lib/cn'
import { shortDate } from '@/lib/words'
import { addDays, dateField, parseDateField, toInstant, wallClock } from '@/lib/zoned'
import { Row } from './section'
import { useChangeMe } from './use-change-me'

export function Away() {
  const me = useMe()
  const { now, zone } = useClock()
  const change = useChangeMe()
  const [editing, setEditing] = useState(false)
  const away = me.away_until !== null && new Date(me.away_until) > now

  return (
    <Row
      label="Away"
      hint="Reminders pause until you are back. Then one message lists those that still matter."
    >
      {away ? (
        <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-2">
          <span className="tabular">
            {shortDate(new Date(me.away_from ?? ''), now, zone)} –{' '}
            {shortDate(new Date(new Date(me.away_until ?? '').getTime() - 1000), now, zone)}
          </span>
          <Button onClick={() => change.mutate({ away_from: null, away_until: null })}>
            I am back
          </Button>
        </div>
      ) : editing ? (
        <AwayDates
          onSave={(dates) => {
            change.mutate(dates)
            setEditing(false)
          }}
          onCancel={() => setEditing(false)}
        />
      ) : (
        <Button onClick={() => setEditing(true)}>Set dates</Button>
      )}
    </Row>
  )
}

/** Whole days in the account's time zone, from the start of the first to the end of the last. */
function AwayDates({
  onSave,
  onCancel,
}: {
  onSave: (dates: { away_from: string; away_until: string }) => void
  onCancel: () => void
}) {
  const { now, zone } = useClock()
  const wall = wallClock(now, zone)
  const today = dateField(wall)
  const [from, setFrom] = useState(today)
  const [until, setUntil] = useState(() => dateField(addDays(wall, 7)))

  const save = () => {
    const first = parseDateField(from)
    const last = parseDateField(until)
    if (!first || !last) return
    const midnight = { hour: 0, minute: 0 }
    onSave({
      away_from: toInstant({ ...first, ...midnight }, zone).toISOString(),
      away_until: toInstant({ ...addDays(last, 1), ...midnight }, zone).toISOString(),
    })
  }

  return (
    <div className="flex flex-col gap-2.5">
      <div className="flex items-center gap-2">
        <DateInput label="First day away" value={from} min={today} onChange={setFrom} />
        <span className="text-muted">to</span>
        <DateInput label="Last day away" value={until} min={from} onChange={setUntil} />
      </div>
      <div className="flex gap-2">
        <Button look="primary" disabled={!from || !until || until < from} onClick={save}>
          Pause reminders
        </Button>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  )
}

function DateInput({
  label,
  value,
  min,
  onChange,
}: {
  label: string
  value: string
  min: string
  onChange: (value: string) => void
}) {
  return (
    <input
      type="date"
      aria-label={label}
      value={value}
      min={min}
      onChange={(event) => onChange(event.target.value)}
      className={cn(inputLook, 'min-w-0 flex-1 px-2 tabular')}
    />
  )
}
