'use client'

import { ChevronDown } from 'lucide-react'
import { Menu, MenuItem } from '@/components/ui/layers'
import { useMe } from '@/session/me'
import { timeField, wallClock } from '@/lib/zoned'
import { snoozeChoices } from './snooze'

export function SnoozeMenu({ onSnooze }: { onSnooze: (until: Date, label: string) => void }) {
  const { timezone } = useMe()
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className="inline-flex h-8 items-center gap-1 rounded-control px-2.5 font-medium text-soft hover:bg-hover max-sm:h-11"
        >
          Snooze
          <ChevronDown aria-hidden className="size-3.5 text-muted" strokeWidth={1.75} />
        </button>
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
