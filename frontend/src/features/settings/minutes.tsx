'use client'

import type { ComponentProps } from 'react'
import { Select } from '@/components/ui/field'
import { lengthWords } from '@/lib/duration'

const USUAL = [5, 10, 15, 30, 60]

/** One of the usual lengths, or `never` where that has a name; a length set elsewhere is kept among them. */
export function Minutes({
  value,
  words,
  never,
  onChange,
  ...rest
}: {
  value: number | null
  words: (time: string) => string
  never?: string
  onChange: (minutes: number | null) => void
} & Omit<ComponentProps<typeof Select>, 'value' | 'onChange'>) {
  const choices =
    value === null || USUAL.includes(value) ? USUAL : [...USUAL, value].sort((a, b) => a - b)
  return (
    <Select
      {...rest}
      className="w-full"
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value ? Number(event.target.value) : null)}
    >
      {never && <option value="">{never}</option>}
      {choices.map((minutes) => (
        <option key={minutes} value={minutes}>
          {words(lengthWords(minutes))}
        </option>
      ))}
    </Select>
  )
}
