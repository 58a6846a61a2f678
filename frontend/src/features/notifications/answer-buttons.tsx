/** The answers to a reminder, under its text. */
'use client'

import { ChevronDown } from 'lucide-react'
import { TextButton } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/layers'
import { useMe } from '@/session/me'
import { timeField, wallClock } from '@/lib/zoned'
import { snoozeChoices } from './snooze'

export function AnswerButtons({
  onDone,
  onSnooze,
}: {
  onDone: () => void
  onSnooze: (until: Date, label: string) => void
}) {
  return (
    <div className="-ml-2.5 flex gap-1">
      <TextButton tone="accent" className="h-8 px-2.5 text-14 font-semibold" onClick={onDone}>
        Done
      </TextButton>
      <SnoozeMenu onSnooze={onSnooze} />
    </div>
  )
}

function SnoozeMenu({ onSnooze }: { onSnooze: (until: Date, label: string) => void }) {
  const { timezone } = useMe()
  return (
    <Menu
      align="start"
      trigger={
        <TextButton className="h-8 px-2.5 text-14 text-soft">
          Snooze
          <ChevronDown aria-hidden className="size-3.5 text-muted" strokeWidth={1.75} />
        </TextButton>
      }
    >
      {snoozeChoices(new Date(), timezone).map(({ label, until }) => (
        <MenuItem
          key={label}
          hint={timeField(wallClock(until, timezone))}
          onSelect={() => onSnooze(until, label)}
        >
          {label}
        </MenuItem>
      ))}
    </Menu>
  )
}
