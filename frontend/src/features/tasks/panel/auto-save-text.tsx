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
  /** The version of the task that has this value. */
  version: number
  draftKey: DraftKey
  required?: boolean
  /**
   * Saves the text, which was typed over `seen`. Resolves to true once it is stored. `onRefused` puts it back into the
   * field when the server refuses it.
   */
  onSave: (text: string, seen: Seen, onRefused: () => void) => Promise<boolean>
}

/** A text that the outbox has. */
interface Kept {
  typed: string
  clean: string
  /** The value before: once it is replaced, the field shows the value. */
  over: string
}

/** What the field had when the typing began. */
interface Seen {
  value: string
  version: number
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
  version,
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
  const { text, type, save } = useAutoSave({ value, version, draftKey, required, onSave })
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
 * Typed text is stored as a draft until the outbox has it, so it survives a reload and the end of the session. A change
 * from another window never overwrites it, and it never overwrites one that it has not seen.
 */
function useAutoSave({ value, version, draftKey, required, onSave }: AutoSaveProps) {
  const [typed, setTyped] = useState<string | null>(() => readDraft(draftKey) || null)
  const [kept, setKept] = useState<Kept | null>(null)
  /** The outbox has the typed text, and the task shows it. */
  const isKept = kept !== null && kept.typed === typed
  const text = typed === null || (isKept && value !== kept.over) ? value : typed
  const latest = useRef({ typed, isKept, value, version, onSave })
  const seen = useRef<Seen | null>(null)
  /** The text that is being stored. */
  const storing = useRef<string | null>(null)
  /** The last refused text. It is not sent again until it is changed. */
  const refused = useRef<string | null>(null)

  const remember = (now: Seen | null) => {
    seen.current = now
    writeDraft(seenKey(draftKey), now ? JSON.stringify(now) : '')
  }

  const forget = () => {
    writeDraft(draftKey, '')
    remember(null)
  }

  const save = async () => {
    const { typed: words, value: saved, version: current, onSave: send } = latest.current
    if (words === null || words === refused.current || words === storing.current) return
    if (latest.current.isKept) return
    const clean = required ? words.replace(/\s+/g, ' ').trim() : words.trimEnd()
    const before = seen.current ?? readSeen(draftKey) ?? { value: saved, version: current }
    if ((required && !clean) || clean === saved || clean === before.value) {
      setTyped(null)
      return forget()
    }
    storing.current = words
    const stored = await send(clean, before, () => {
      refused.current = words
      setKept(null)
      setTyped((later) => later ?? words)
      writeDraft(draftKey, words)
    })
    storing.current = null
    if (!stored) return
    if (latest.current.typed === words) {
      setKept({ typed: words, clean, over: saved })
      forget()
    } // The typing has gone on: it is about the text that was just stored.
    else remember({ value: clean, version: current })
  }
  const saving = useRef(save)

  useEffect(() => {
    latest.current = { typed, isKept, value, version, onSave }
    saving.current = save
  })

  useEffect(() => {
    if (typed === null) return
    const timer = setTimeout(() => {
      // An empty title is not saved: restoring the old title would disturb the typing.
      if (!(required && !typed.trim())) void saving.current()
    }, SAVE_AFTER)
    return () => clearTimeout(timer)
  }, [typed, required])

  // The panel can close before the timer has run.
  useEffect(() => () => void saving.current(), [])

  const type = (next: string) => {
    if (isKept && text === typed) remember({ value: kept.clean, version })
    else if (typed === null || isKept) remember({ value, version })
    setKept(null)
    setTyped(next)
    writeDraft(draftKey, next)
  }
  return { text, type, save }
}

function seenKey(draftKey: DraftKey): DraftKey {
  return `${draftKey}:seen`
}

function readSeen(draftKey: DraftKey): Seen | null {
  const kept = readDraft(seenKey(draftKey))
  return kept ? (JSON.parse(kept) as Seen) : null
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
