/** One tool call: a line that says what was looked up or changed, with its details folded. */
'use client'

import { Check, ChevronRight, Loader2, TriangleAlert } from 'lucide-react'
import type { ToolPart } from '../model/types'

export function ToolCall({ part, waiting }: { part: ToolPart; waiting: boolean }) {
  return (
    <details className="group text-13 text-muted">
      <summary className="flex min-h-7 cursor-pointer list-none items-center gap-1.5 rounded-control max-sm:min-h-11">
        <State ok={part.ok} waiting={waiting} />
        <span className="min-w-0 flex-1 truncate">
          {part.title}
          {part.summary && <span className="text-soft"> · {part.summary}</span>}
        </span>
        <ChevronRight
          aria-hidden
          className="size-3.5 shrink-0 transition-transform duration-150 group-open:rotate-90"
          strokeWidth={1.75}
        />
      </summary>
      <pre className="mt-1 max-h-48 overflow-auto rounded-control bg-hover p-2.5 text-[12px] leading-4 break-words whitespace-pre-wrap text-soft">
        {part.name} {JSON.stringify(part.arguments, null, 2)}
      </pre>
    </details>
  )
}

function State({ ok, waiting }: { ok: boolean | null; waiting: boolean }) {
  const look = { 'aria-hidden': true, className: 'size-3.5 shrink-0', strokeWidth: 1.75 } as const
  if (ok === null && waiting)
    return <Loader2 {...look} className="size-3.5 shrink-0 animate-spin" />
  if (ok) return <Check {...look} className="size-3.5 shrink-0 text-accent" />
  return (
    <>
      <TriangleAlert {...look} className="size-3.5 shrink-0 text-amber" />
      <span className="sr-only">{ok === null ? 'Not finished:' : 'Failed:'} </span>
    </>
  )
}
