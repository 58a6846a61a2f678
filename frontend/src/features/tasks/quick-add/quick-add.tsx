/** The add field: one line of text, with the parsed parts marked and listed below. */
'use client'

import { CornerDownLeft, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useId, useRef, useState } from 'react'
import { Kbd } from '@/components/ui/primitives'
import { cn } from '@/lib/cn'
import { HighlightedInput } from './highlighted-input'
import { useQuickAdd } from './use-quick-add'

const ParsedPreview = dynamic(() => import('./parsed-preview').then((file) => file.ParsedPreview), {
  ssr: false,
})

export function QuickAdd({
  autoFocus,
  onAdded,
  startsToday,
  className,
}: {
  autoFocus?: boolean
  onAdded?: () => void
  /** A task without a date becomes due today. On Today it would otherwise disappear at once. */
  startsToday?: boolean
  className?: string
}) {
  const { text, type, parsed, corrections, correct, submit, refusal } = useQuickAdd({
    startsToday,
    onAdded,
  })
  const [focused, setFocused] = useState(false)
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
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
        <HighlightedInput
          ref={input}
          text={text}
          spans={parsed?.spans ?? []}
          ignored={corrections.ignored}
          onType={type}
          aria-invalid={refusal !== null || undefined}
          aria-describedby={refusal !== null ? `${id}-why` : undefined}
          autoFocus={autoFocus}
          placeholder={autoFocus ? 'water plants every monday 9:00' : 'Add a task'}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
        />
        {text ? <SubmitButton /> : <Shortcut />}
      </div>
      {refusal !== null && (
        <p id={`${id}-why`} role="alert" className="pt-1.5 text-13 text-red">
          {refusal}
        </p>
      )}
      {parsed && (
        <ParsedPreview
          text={text}
          parsed={parsed}
          corrections={corrections}
          onCorrect={(next) => {
            correct(next)
            input.current?.focus()
          }}
        />
      )}
    </form>
  )
}

function SubmitButton() {
  return (
    <button
      type="submit"
      aria-label="Add"
      title="Add (Enter)"
      className="flex size-8 items-center justify-center rounded-control text-accent hover:bg-accent-soft max-sm:size-11"
    >
      <CornerDownLeft aria-hidden className="size-4" strokeWidth={2} />
    </button>
  )
}

function Shortcut() {
  return (
    <span className="max-sm:hidden">
      <Kbd>q</Kbd>
    </span>
  )
}
