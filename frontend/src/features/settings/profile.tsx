/** Settings: the name and the time zone of the account. */
'use client'

import { useId } from 'react'
import { Input } from '@/components/ui/field'
import { useMe } from '@/session/me'
import { useHydrated } from '@/lib/hooks'
import { zoneName } from '@/lib/words'
import { browserZone } from '@/lib/zoned'
import { Row, Section } from './section'
import { useChangeMe } from './use-change-me'
import { ZonePicker } from '@/components/ui/zone-picker'

export function Profile() {
  const me = useMe()
  const change = useChangeMe()
  const id = useId()
  return (
    <Section id="profile" title="Profile">
      <Row label="Name" htmlFor={`${id}-name`}>
        <Input
          id={`${id}-name`}
          key={me.name}
          defaultValue={me.name ?? ''}
          autoComplete="name"
          placeholder="Your name"
          maxLength={200}
          onBlur={(event) => {
            const name = event.target.value.trim()
            if (name !== (me.name ?? '')) change.mutate({ name })
          }}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
      </Row>
      <Row
        label="Time zone"
        htmlFor={`${id}-zone`}
        hint="Used for “Today” and for new tasks. Existing tasks keep their own time zone."
      >
        <ZonePicker
          id={`${id}-zone`}
          wide
          value={me.timezone}
          onChange={(timezone) => change.mutate({ timezone })}
        />
        <OtherZone current={me.timezone} onUse={(timezone) => change.mutate({ timezone })} />
      </Row>
    </Section>
  )
}

function OtherZone({ current, onUse }: { current: string; onUse: (zone: string) => void }) {
  const hydrated = useHydrated()
  if (!hydrated) return null
  const here = browserZone()
  if (here === current) return null
  return (
    <button
      type="button"
      onClick={() => onUse(here)}
      className="mt-1.5 text-13 max-sm:min-h-11 font-medium text-accent underline-offset-2 hover:underline"
    >
      Use this device’s time zone: {zoneName(here)}
    </button>
  )
}
