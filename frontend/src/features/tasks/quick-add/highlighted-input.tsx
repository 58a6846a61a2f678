/** A text field with marked parts. The input is transparent and lies over a copy of the text that has the marks. */
'use client'

import { useRef, type ComponentProps } from 'react'
import type { Span } from '@/api/types'
import { cn } from '@/lib/cn'
import { useHydrated } from '@/lib/hooks'
import { pieces, type Part } from '../model/quick-add'
import { TINT } from './tint'

interface HighlightedInputProps extends ComponentProps<'input'> {
  text: string
  spans: readonly Span[]
  ignored: readonly Part[]
  onType: (text: string) => void
}

export function HighlightedInput({ text, spans, ignored, onType, ...rest }: HighlightedInputProps) {
  const copy = useRef<HTMLDivElement>(null)
  const ready = useHydrated()
  return (
    <div className="relative h-full min-w-0 flex-1">
      <div
        ref={copy}
        aria-hidden
        className="pointer-events-none absolute inset-0 flex items-center overflow-hidden text-15 whitespace-pre max-sm:text-16"
      >
        <span>
          {pieces(text, spans, ignored).map((piece, index) =>
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
              <span
                key={index}
                className={cn(
                  piece.unclear &&
                    'underline decoration-muted decoration-dotted underline-offset-4',
                )}
              >
                {piece.text}
              </span>
            ),
          )}
        </span>
      </div>
      <input
        data-quick-add
        aria-label="Add a task"
        autoComplete="off"
        enterKeyHint="done"
        // What is typed before React has the field would be lost.
        readOnly={!ready}
        {...rest}
        value={text}
        onChange={(event) => onType(event.target.value)}
        onScroll={(event) => {
          if (copy.current) copy.current.scrollLeft = event.currentTarget.scrollLeft
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
  )
}
