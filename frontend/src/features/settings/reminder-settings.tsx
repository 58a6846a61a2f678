/** Settings: default reminders, quiet hours, repeated reminders and absence. */
'use client'

import { useId } from 'react'
import { Switch } from '@/components/ui/switch'
import { inputLook } from '@/components/ui/field'
import { ReminderChips } from '@/features/reminders/reminder-chips'
import { useMe } from '@/session/me'
import { cn } from '@/lib/cn'
import { Away } from './away'
import { Minutes } from './minutes'
import { Row, Section } from './section'
import { useChangeMe } from './use-change-me'
import { everyWords } from './words'

export function ReminderSettings() {
  const me = useMe()
  const change = useChangeMe()
  const id = useId()
  return (
    <Section
      id="reminders"
      title="Reminders"
      about="Each reminder is sent at its exact time, through your channels in their order."
    >
      <Row label="For new tasks" hint="New tasks with a due date get these reminders.">
        <ReminderChips
          value={me.default_reminders}
          onChange={(default_reminders) => change.mutate({ default_reminders })}
        />
      </Row>
      <Quiet />
      <Row
        label="Repeat reminders"
        htmlFor={`${id}-nag`}
        hint="Through the same channels, until you react."
      >
        <Minutes
          id={`${id}-nag`}
          value={me.nag_every}
          never="Never"
          words={everyWords}
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
    <Row label="Quiet hours" htmlFor={`${id}-quiet`} hint="Reminders wait until quiet hours end.">
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
