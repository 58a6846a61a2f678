/** A choice of a time zone by its IANA name, with a search. */
'use client'

import { Command } from 'cmdk'
import { Check, ChevronDown } from 'lucide-react'
import { useMemo, useState } from 'react'
import { cn } from '@/lib/cn'
import { zoneCity, zoneName } from '@/lib/words'
import { allZones, browserZone } from '@/lib/zoned'
import { Popover } from './layers'

export function ZonePicker({
  value,
  home,
  onChange,
  wide,
  id,
}: {
  value: string
  /** Listed first, together with this browser's time zone. */
  home?: string
  onChange: (zone: string) => void
  wide?: boolean
  id?: string
}) {
  const [open, setOpen] = useState(false)
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      align="end"
      aria-label="Time zone"
      className="w-72"
      trigger={
        <button
          id={id}
          type="button"
          aria-label={`Time zone: ${zoneName(value)}`}
          title={zoneName(value)}
          className={cn(
            'flex h-9 min-w-0 items-center gap-1.5 rounded-control border border-edge bg-surface px-3 hover:border-idle max-sm:h-11',
            wide && 'w-full justify-between',
          )}
        >
          <span className="truncate">{wide ? zoneName(value) : zoneCity(value)}</span>
          <ChevronDown aria-hidden className="size-3.5 shrink-0 text-muted" strokeWidth={1.75} />
        </button>
      }
    >
      <Zones
        value={value}
        home={home}
        onPick={(zone) => {
          onChange(zone)
          setOpen(false)
        }}
      />
    </Popover>
  )
}

function Zones({
  value,
  home,
  onPick,
}: {
  value: string
  home?: string
  onPick: (zone: string) => void
}) {
  const zones = useMemo(() => {
    const first = [...new Set([value, home, browserZone()])].filter((zone) => zone !== undefined)
    return [...first, ...allZones().filter((zone) => !first.includes(zone))]
  }, [value, home])
  return (
    <Command label="Time zone">
      <Command.Input
        autoFocus
        placeholder="City or region"
        className="h-11 w-full border-b bg-transparent px-3.5 text-14 outline-none max-sm:text-16"
      />
      <Command.List className="max-h-64 overflow-y-auto p-1">
        <Command.Empty className="px-3 py-6 text-center text-13 text-muted">
          No matching time zone.
        </Command.Empty>
        {zones.map((zone) => (
          <Command.Item
            key={zone}
            value={zoneName(zone)}
            onSelect={() => onPick(zone)}
            className="flex h-8 cursor-pointer items-center gap-2 rounded-md px-2.5 data-[selected=true]:bg-hover max-sm:h-11"
          >
            <span className="flex-1 truncate">{zoneName(zone)}</span>
            {zone === value && <Check aria-hidden className="size-4 text-accent" strokeWidth={2} />}
          </Command.Item>
        ))}
      </Command.List>
    </Command>
  )
}
