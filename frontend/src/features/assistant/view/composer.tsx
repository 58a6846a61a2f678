/** The field for a question. Enter sends it, Shift and Enter begin a new line. */
'use client'

import { ArrowUp, Square } from 'lucide-react'
import { useEffect, type RefObject } from 'react'
import { IconButton } from '@/components/ui/button'
import { useHydrated } from '@/lib/hooks'

const LONGEST = 8000

export function Composer({
  field,
  text,
  onChange,
  answering,
  onSend,
  onStop,
}: {
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  onChange: (text: string) => void
  answering: boolean
  onSend: () => void
  onStop: () => void
}) {
  const ready = useHydrated()
  const tooLong = text.length > LONGEST
  const sendable = ready && !answering && !tooLong && text.trim() !== ''

  useEffect(() => {
    field.current?.focus()
  }, [field])

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (sendable) onSend()
      }}
    >
      <div className="flex items-end gap-1 rounded-sheet border border-edge bg-surface p-1.5 focus-within:border-accent focus-within:ring-2 focus-within:ring-accent/25">
        <textarea
          ref={field}
          data-assistant
          rows={1}
          dir="auto"
          value={text}
          aria-label="Ask the assistant"
          aria-invalid={tooLong || undefined}
          aria-describedby={tooLong ? 'assistant-too-long' : undefined}
          placeholder="Ask, or say what to do"
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            event.preventDefault()
            if (sendable) onSend()
          }}
          className="field-sizing-content max-h-40 min-h-9 flex-1 resize-none bg-transparent px-2 py-2 text-14 leading-5 outline-none placeholder:text-muted max-sm:min-h-11 max-sm:text-16"
        />
        {answering ? (
          <IconButton label="Stop" onClick={onStop} className="size-9 bg-press text-ink">
            <Square aria-hidden className="size-3.5 fill-current" strokeWidth={1.75} />
          </IconButton>
        ) : (
          <IconButton
            label="Send"
            type="submit"
            disabled={!sendable}
            className="size-9 bg-accent text-on-accent hover:bg-accent-strong hover:text-on-accent"
          >
            <ArrowUp aria-hidden className="size-4" strokeWidth={2} />
          </IconButton>
        )}
      </div>
      {tooLong && (
        <p id="assistant-too-long" className="px-2 pt-1 text-13 text-red">
          {(text.length - LONGEST).toLocaleString('en')} characters too long; a message has at most{' '}
          {LONGEST.toLocaleString('en')}.
        </p>
      )}
    </form>
  )
}
