/** The choice of a priority in the panel. */
'use client'

import { Flag } from 'lucide-react'
import { Menu, MenuItem } from '@/components/ui/layers'
import { cn } from '@/lib/cn'
import { level, PRIORITIES } from '../model/priority'
import { ValueButton } from './panel-line'

export function PriorityChoice({
  value,
  onChange,
}: {
  value: number
  onChange: (value: number) => void
}) {
  const current = level(value)
  const chosen = PRIORITIES.find((choice) => level(choice.value) === current)
  return (
    <Menu
      align="start"
      trigger={
        <ValueButton>
          <span className={current === 'none' ? 'text-muted' : chosen?.tint}>
            {current === 'none' ? 'No priority' : chosen?.label}
          </span>
        </ValueButton>
      }
    >
      {PRIORITIES.map((choice) => (
        <MenuItem
          key={choice.value}
          icon={<Flag className={cn('size-4', choice.tint)} strokeWidth={1.75} />}
          hint={level(choice.value) === current ? '✓' : undefined}
          onSelect={() => onChange(choice.value)}
        >
          {choice.label}
        </MenuItem>
      ))}
    </Menu>
  )
}
