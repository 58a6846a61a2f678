/** A whole number from 1 to 999. While the text is empty or out of range, the last valid number stays. */
'use client'

import { useState } from 'react'
import { inputLook } from '@/components/ui/field'
import { cn } from '@/lib/cn'

const MOST = 999

export function NumberInput({
  label,
  value,
  onChange,
}: {
  label: string
  value: number
  onChange: (value: number) => void
}) {
  const [text, setText] = useState(String(value))
  return (
    <input
      type="number"
      inputMode="numeric"
      min={1}
      max={MOST}
      aria-label={label}
      value={text}
      onChange={(event) => {
        setText(event.target.value)
        const next = Math.trunc(Number(event.target.value))
        if (next >= 1 && next <= MOST) onChange(next)
      }}
      onBlur={() => setText(String(value))}
      className={cn(inputLook, 'w-18')}
    />
  )
}
