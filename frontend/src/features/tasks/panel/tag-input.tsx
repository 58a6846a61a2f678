/** The tags of a task: chips that can be removed, and a field that adds one. */
'use client'

import { useState } from 'react'
import { RemovableChip } from '@/components/ui/removable-chip'
import { sameTag } from '../model/views'

export function TagInput({
  value,
  onChange,
}: {
  value: string[]
  onChange: (value: string[]) => void
}) {
  const [text, setText] = useState('')
  const add = () => {
    const tags = text
      .split(/[\s,]+/)
      .map((tag) => tag.replace(/^#/, '').trim())
      .filter((tag) => tag && !value.some((other) => sameTag(other, tag)))
    if (tags.length) onChange([...value, ...tags])
    setText('')
  }
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {value.map((tag) => (
        <RemovableChip
          key={tag}
          removeLabel={`Remove tag ${tag}`}
          onRemove={() => onChange(value.filter((other) => other !== tag))}
        >
          <span dir="auto">#{tag}</span>
        </RemovableChip>
      ))}
      <input
        aria-label="Add a tag"
        placeholder={value.length ? 'Add' : 'Add a tag'}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === ',') {
            event.preventDefault()
            add()
          }
          if (event.key === 'Backspace' && !text && value.length) onChange(value.slice(0, -1))
        }}
        className="h-7 w-24 min-w-0 flex-1 rounded bg-transparent outline-none max-sm:h-11 max-sm:text-16"
      />
    </div>
  )
}
