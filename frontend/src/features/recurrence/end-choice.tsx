/** When the series ends: never, on a date, or after a number of occurrences. */
'use client'

import { inputLook, Select } from '@/components/ui/field'
import { cn } from '@/lib/cn'
import { dateField, parseDateField, type Wall } from '@/lib/zoned'
import { NumberInput } from './number-input'
import type { End } from './rule-form'

export function EndChoice({
  end,
  due,
  onChange,
}: {
  end: End
  due: Wall
  onChange: (end: End) => void
}) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="w-10">Ends</span>
      <Select
        aria-label="Ends"
        value={end.by}
        onChange={(event) => onChange(startingEnd(event.target.value as End['by'], due))}
      >
        <option value="never">never</option>
        <option value="date">on a date</option>
        <option value="count">after</option>
      </Select>
      {end.by === 'count' && (
        <>
          <NumberInput
            label="Number of times"
            value={end.count}
            onChange={(count) => onChange({ by: 'count', count })}
          />
          <span>{end.count === 1 ? 'time' : 'times'}</span>
        </>
      )}
      {end.by === 'date' && (
        <input
          type="date"
          aria-label="Last date"
          value={end.date}
          onChange={(event) =>
            parseDateField(event.target.value) && onChange({ by: 'date', date: event.target.value })
          }
          className={cn(inputLook, 'w-auto')}
        />
      )}
    </div>
  )
}

function startingEnd(by: End['by'], due: Wall): End {
  switch (by) {
    case 'never':
      return { by }
    case 'count':
      return { by, count: 10 }
    case 'date':
      return { by, date: dateField({ ...due, year: due.year + 1, day: 1 }) }
  }
}
