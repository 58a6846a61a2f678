'use client'

import { useId, useState } from 'react'
import { Switch } from '@/components/ui/switch'
import { Button } from '@/components/ui/button'
import { inputLook } from '@/components/ui/field'
import { ReminderChips } from '@/features/reminders/reminder-chips'
import { useClock } from '@/session/clock'
import { useMe } from '@/session/me'
import { cn } from '@/lib/cn'
import { shortDate } from '@/lib/words'
import { addDays, dateField, parseDateField, toInstant, wallClock } from '@/lib/zoned'
import { Minutes } from './minutes'
import { Row, Section } from './section'
import { useChangeMe } from './use-change-me'

export function ReminderSettings() {
  const me = useMe()
  const change = useChangeMe()
  const id = useId()
  return (
    <Section
      id="reminders"
      title="Reminders"
      about="Each is sent to the second, once, through your channels in their order."
    >
      <Row label="For new tasks" hint="A task with a due date starts with these.">
        <ReminderChips
          value={me.default_reminders}
          onChange={(default_reminders) => change.mutate({ default_reminders })}
        />
      </Row>
      <Quiet />
      <Row
        label="Ring again"
        htmlFor={`${id}-nag`}
        hint="Until the task is done, snoozed or answered, in the same channels."
      >
        <Minutes
          id={`${id}-nag`}
          value={me.nag_every}
          never="Never"
          words={(time) => `Every ${time}`}
          onChange={(nag_every) => change.mutate({ nag_every })}
        />
      </Row>
      <Away />
    </Section>
  )
}

function Quiet() {
  const me = useMe()
  const change = useChangeMe()
  const id = useId()
  const on = me.quiet_from !== null && me.quiet_until !== null
  return (
    <Row
      label="Quiet hours"
      htmlFor={`${id}-quiet`}
      hint="What falls into them is held back until they end."
    >
      <div className="flex min-h-9 flex-wrap items-center gap-3">
        <Switch
          id={`${id}-quiet`}
          checked={on}
          onCheckedChange={(next) =>
            change.mutate(
              next
                ? { quiet_from: '22:00', quiet_until: '07:00' }
                : { quiet_from: null, quiet_until: null },
            )
          }
        />
        {on && (
          <div className="flex items-center gap-2">
            <TimeInput
              label="Quiet from"
              value={me.quiet_from ?? ''}
              onSave={(quiet_from) => change.mutate({ quiet_from })}
            />
            <span className="text-muted">to</span>
            <TimeInput
              label="Quiet until"
              value={me.quiet_until ?? ''}
              onSave={(quiet_until) => change.mutate({ quiet_until })}
            />
          </div>
        )}
      </div>
    </Row>
  )
}

function TimeInput({
  label,
  value,
  onSave,
}: {
  label: string
  value: string
  onSave: (value: string) => void
}) {
  return (
    <input
      key={value}
      type="time"
      aria-label={label}
      defaultValue={value.slice(0, 5)}
      onBlur={(event) => {
        const next = event.target.value
        if (next && next !== value.slice(0, 5)) onSave(next)
      }}
      className={cn(inputLook, 'w-auto tabular')}
    />
  )
}

/** Whole days in the person's zone: from the first morning to the end of the last day. */
function Away() {
  const me = useMe()
  const { now, zone } = useClock()
  const change = useChangeMe()
  const today = dateField(wallClock(now, zone))
  const [from, setFrom] = useState(today)
  const [until, setUntil] = useState(() => dateField(addDays(wallClock(now, zone), 7)))
  const [editing, setEditing] = useState(false)
  const set = me.away_until !== null && new Date(me.away_until) > now

  const save = () => {
    const first = parseDateField(from)
    const last = parseDateField(until)
    if (!first || !last) return
    const midnight = { hour: 0, minute: 0 }
    change.mutate({
      away_from: toInstant({ ...first, ...midnight }, zone).toISOString(),
      away_until: toInstant({ ...addDays(last, 1), ...midnight }, zone).toISOString(),
    })
    setEditing(false)
  }

  return (
    <Row label="Away" hint="Reminders pause. When you are back, what still matters is sent once.">
      {set ? (
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
        <div className="flex flex-col gap-2.5">
          <div className="flex items-center gap-2">
            <input
              type="date"
              aria-label="First day away"
              value={from}
              min={today}
              onChange={(event) => setFrom(event.target.value)}
              className={cn(inputLook, 'min-w-0 flex-1 px-2 tabular')}
            />
            <span className="text-muted">to</span>
            <input
              type="date"
              aria-label="Last day away"
              value={until}
              min={from}
              onChange={(event) => setUntil(event.target.value)}
              className={cn(inputLook, 'min-w-0 flex-1 px-2 tabular')}
            />
          </div>
          <div className="flex gap-2">
            <Button look="primary" disabled={!from || !until || until < from} onClick={save}>
              Pause reminders
            </Button>
            <Button look="quiet" onClick={() => setEditing(false)}>
              Cancel
            </Button>
          </div>
        </div>
      ) : (
        <Button onClick={() => setEditing(true)}>Set dates</Button>
      )}
    </Row>
  )
}
