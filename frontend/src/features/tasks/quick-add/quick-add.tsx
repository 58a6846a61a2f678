'use client'

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { CornerDownLeft, Plus } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import type { Parsed } from '@/api/types'
import { Kbd } from '@/components/ui/primitives'
import { useClock } from '@/session/clock'
import { cn } from '@/lib/cn'
import { readDraft, useDebounced, useDraft } from '@/lib/hooks'
import { dateField, wallClock } from '@/lib/zoned'
import { useTaskActions } from '../state/actions'
import { Understood } from '../controls/lazy'
import { draftFrom, NO_CORRECTIONS, pieces, type Corrections } from '../model/quick-add'
import { TINT } from './tint'

export function QuickAdd({
  autoFocus,
  onAdded,
  startsToday,
  className,
}: {
  autoFocus?: boolean
  onAdded?: () => void
  /** On Today an undated task would vanish at once: it is due today unless the text says otherwise. */
  startsToday?: boolean
  className?: string
}) {
  const client = useQueryClient()
  const { zone, current } = useClock()
  const actions = useTaskActions()
  const [text, setText] = useDraft('quick-add')
  const [corrections, setCorrections] = useState<Corrections>(NO_CORRECTIONS)
  const [focused, setFocused] = useState(false)
  const [refused, setRefused] = useState<{ text: string; why: string } | null>(null)
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const mirror = useRef<HTMLDivElement>(null)
  const settled = useDebounced(text.trim() ? text : '', 90)

  const ask = (words: string) => ({
    queryKey: ['parse', words, zone] as const,
    queryFn: () => api.parse(words, zone),
    staleTime: 30_000,
  })
  const { data } = useQuery({
    ...ask(settled),
    enabled: settled !== '',
    placeholderData: settled ? keepPreviousData : undefined,
    retry: false,
  })
  // Spans of an older text are still right as far as both texts begin alike.
  const parsed = text.trim() && data && agrees(settled, text) ? data : null

  const change = (next: string) => {
    setText(next)
    if (!next.trim()) setCorrections(NO_CORRECTIONS)
  }

  const submit = async () => {
    const words = text.trim()
    if (!words) return
    const kept = corrections
    change('')
    setCorrections(NO_CORRECTIONS)
    onAdded?.()
    let fresh: Parsed | null = null
    try {
      // The same text has usually been parsed already and answers from the cache.
      if (navigator.onLine) fresh = await client.fetchQuery({ ...ask(text), retry: false })
    } catch {
      // Without a parse the words become the title: nothing typed is lost.
    }
    const draft = draftFrom(text, fresh, kept)
    if (startsToday && !draft.due_date && kept.due === undefined && !kept.ignored.includes('due')) {
      draft.due_date = dateField(wallClock(current(), zone))
      draft.all_day = true
      draft.timezone = zone
      draft.reminders = []
    }
    actions.create(draft, {
      onRefused: (problem) => {
        setRefused({ text, why: sentence(problem) })
        if (!readDraft('quick-add')) setText(text)
      },
    })
  }

  const active = focused || text !== ''
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <div
        className={cn(
          'relative flex h-11 items-center gap-3 rounded-control border bg-surface pr-2 pl-3 transition-[border-color,box-shadow] duration-150',
          active ? 'border-edge shadow-float' : 'border-line hover:border-edge',
        )}
      >
        <Plus
          aria-hidden
          className={cn('size-[18px] shrink-0', active ? 'text-accent' : 'text-muted')}
          strokeWidth={2}
        />
        <div className="relative h-full min-w-0 flex-1">
          <div
            ref={mirror}
            aria-hidden
            className="pointer-events-none absolute inset-0 flex items-center overflow-hidden text-15 whitespace-pre max-sm:text-16"
          >
            <span>
              {pieces(text, parsed?.spans ?? [], corrections.ignored).map((piece, index) =>
                piece.part ? (
                  <mark
                    key={index}
                    className={cn(
                      'rounded-[5px] shadow-[0_0_0_2px_var(--mark)] [--mark:transparent]',
                      TINT[piece.part],
                    )}
                  >
                    {piece.text}
                  </mark>
                ) : (
                  <span key={index}>{piece.text}</span>
                ),
              )}
            </span>
          </div>
          <input
            ref={input}
            data-quick-add
            aria-label="Add a task"
            aria-invalid={refused?.text === text || undefined}
            aria-describedby={refused?.text === text ? `${id}-why` : undefined}
            autoFocus={autoFocus}
            autoComplete="off"
            enterKeyHint="done"
            maxLength={2000}
            value={text}
            placeholder={autoFocus ? 'water plants every monday 9:00' : 'Add a task'}
            onChange={(event) => change(event.target.value)}
            onFocus={() => setFocused(true)}
            onBlur={() => setFocused(false)}
            onScroll={(event) => {
              if (mirror.current) mirror.current.scrollLeft = event.currentTarget.scrollLeft
            }}
            onKeyDown={(event) => {
              if (event.key === 'Escape') {
                event.currentTarget.blur()
                event.stopPropagation()
              }
            }}
            className="absolute inset-0 w-full bg-transparent text-15 text-transparent caret-ink outline-none placeholder:text-muted max-sm:text-16"
          />
        </div>
        {text ? (
          <button
            type="submit"
            aria-label="Add"
            title="Add (Enter)"
            className="flex size-8 items-center justify-center rounded-control text-accent hover:bg-accent-soft max-sm:size-11"
          >
            <CornerDownLeft aria-hidden className="size-4" strokeWidth={2} />
          </button>
        ) : (
          <span className="max-sm:hidden">
            <Kbd>q</Kbd>
          </span>
        )}
      </div>
      {refused?.text === text && (
        <p id={`${id}-why`} role="alert" className="pt-1.5 text-13 text-red">
          {refused.why}
        </p>
      )}
      {parsed && (
        <Understood
          text={text}
          parsed={parsed}
          corrections={corrections}
          onCorrect={(next) => {
            setCorrections(next)
            input.current?.focus()
          }}
        />
      )}
    </form>
  )
}

function agrees(parsedText: string, text: string): boolean {
  const shorter = Math.min(parsedText.length, text.length)
  return parsedText.slice(0, shorter) === text.slice(0, shorter)
}
