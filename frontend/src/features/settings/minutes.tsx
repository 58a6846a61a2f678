/** A choice of a number of minutes, from the usual lengths. */
'use client'

import type { ComponentProps } from 'react'
import { Select } from '@/components/ui/field'

const USUAL = [5, 10, 15, 30, 60]
/** The default wait before a later channel. */
export const USUAL_WAIT = 10

/** A choice of usual lengths, with `never` if it is given. Another length set by a program stays in the list. */
export function Minutes({
  value,
  words,
  never,
  onChange,
  ...rest
}: {
  value: number | null
  words: (minutes: number) => string
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
          {words(minutes)}
        </option>
      ))}
    </Select>
  )
}
