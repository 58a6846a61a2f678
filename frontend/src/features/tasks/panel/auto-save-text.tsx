/** Text fields that save themselves, for the title and the notes of a task. */
'use client'

import { useEffect, useId, useRef, useState } from 'react'
import { cn } from '@/lib/cn'
import { readDraft, writeDraft, type DraftKey } from '@/lib/hooks'
import { focusWanted } from '../state/selection'

/** How long after the last key the text is saved. */
const SAVE_AFTER = 900

interface AutoSaveProps {
  value: string
  draftKey: DraftKey
  required?: boolean
  /** Saves the text. `onRefused` puts it back into the field when the server refuses it. */
  onSave: (text: string, onRefused: () => void) => void
}

interface TextProps extends AutoSaveProps {
  label: string
  placeholder?: string
  multiline?: boolean
  /** Takes the focus when the panel was opened for editing. */
  focusOnOpen?: boolean
  error?: string
  className?: string
}

/** A text field that saves itself shortly after the last key, and when it loses the focus. */
export function AutoSaveText({
  value,
  draftKey,
  label,
  placeholder,
  multiline,
  required,
  focusOnOpen,
  error,
  onSave,
  className,
}: TextProps) {
  const { text, type, save } = useAutoSave({ value, draftKey, required, onSave })
  const area = useFocusOnOpen(focusOnOpen)
  const note = useId()
  return (
    <div className="min-w-0 flex-1">
      <textarea
        ref={area}
        aria-label={label}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? note : undefined}
        dir="auto"
        rows={1}
        value={text}
        placeholder={placeholder}
        maxLength={required ? 10_000 : 100_000}
        onChange={(event) => type(event.target.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === 'Escape' || (event.key === 'Enter' && !multiline)) {
            event.preventDefault()
            event.stopPropagation()
            event.currentTarget.blur()
          }
        }}
        className={cn(
          '-mx-1.5 field-sizing-content w-full resize-none rounded-md bg-transparent px-1.5 outline-none focus-visible:bg-hover/60',
          className,
        )}
      />
      {error && (
        <p id={note} role="alert" className="pt-1 text-13 text-red">
          {error}
        </p>
      )}
    </div>
  )
}

/**
 * Typed text is stored as a draft until it is saved, so it survives a reload and a lost network. A change from another
 * window never overwrites it.
 */
function useAutoSave({ value, draftKey, required, onSave }: AutoSaveProps) {
  const [typed, setTyped] = useState<string | null>(() => readDraft(draftKey) || null)
  const latest = useRef({ typed, value, onSave })
  /** The last refused text. It is not sent again until it is changed. */
  const refused = useRef<string | null>(null)

  const save = () => {
    const { typed: words, value: saved, onSave: send } = latest.current
    if (words === null || words === refused.current) return
    const clean = required ? words.replace(/\s+/g, ' ').trim() : words.trimEnd()
    setTyped(null)
    writeDraft(draftKey, '')
    if ((required && !clean) || clean === saved) return
    send(clean, () => {
      refused.current = words
      setTyped((later) => later ?? words)
      writeDraft(draftKey, words)
    })
  }
  const saving = useRef(save)

  useEffect(() => {
    latest.current = { typed, value, onSave }
    saving.current = save
  })

  useEffect(() => {
    if (typed === null) return
    const timer = setTimeout(() => {
      // An empty title is not saved: restoring the old title would disturb the typing.
      if (!(required && !typed.trim())) saving.current()
    }, SAVE_AFTER)
    return () => clearTimeout(timer)
  }, [typed, required])

  // The panel can close before the timer has run.
  useEffect(() => () => saving.current(), [])

  const type = (text: string) => {
    setTyped(text)
    writeDraft(draftKey, text)
  }
  return { text: typed ?? value, type, save }
}

function useFocusOnOpen(enabled: boolean | undefined) {
  const area = useRef<HTMLTextAreaElement>(null)
  const wanted = focusWanted.use()
  useEffect(() => {
    if (!enabled || wanted !== 'title') return
    focusWanted.set(null)
    area.current?.focus()
    area.current?.select()
  }, [enabled, wanted])
  return area
}
