/** The tags of a task: chips that can be removed, and a field that adds one. */
'use client'

import { useRef, useState } from 'react'
import { RemovableChip } from '@/components/ui/removable-chip'
import { sameTag } from '../model/views'

export function TagInput({
  value,
  onChange,
}: {
  value: string[]
  onChange: (value: string[], onRefused?: () => void) => void
}) {
  const [text, setText] = useState('')
  /** The last refused text. It is not sent again until it is changed. */
  const refused = useRef('')
  const add = () => {
    if (text && text === refused.current) return
    const tags = text
      .split(/[\s,]+/)
      .map((tag) => tag.replace(/^#/, '').trim())
      .filter((tag) => tag && !value.some((other) => sameTag(other, tag)))
    setText('')
    if (tags.length === 0) return
    onChange([...value, ...tags], () => {
      refused.current = text
      setText((later) => later || text)
    })
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
