/** The rows of a proposal: what each change does to a task, before and after. */
'use client'

import { useClock } from '@/session/clock'
import { actionWords, fieldChanges } from '../model/change-words'
import type { Failure, ProposalRow } from '../model/types'

export function ProposalRows({
  rows,
  chosen,
  onToggle,
  failures,
}: {
  rows: ProposalRow[]
  /** The indices that are ticked; null when nothing can be chosen any more. */
  chosen: ReadonlySet<number> | null
  onToggle: (index: number) => void
  failures: Failure[]
}) {
  return (
    <ul
      aria-label="Changes"
      // The keyboard can scroll a long list, also when it has no tick boxes any more.
      tabIndex={rows.length > 5 ? 0 : undefined}
      className="-mx-4 max-h-[50vh] divide-y divide-line overflow-y-auto"
    >
      {rows.map((row) => {
        const problem = failures.find(({ index }) => index === row.index)?.detail
        if (!chosen)
          return (
            <li key={row.index} className="px-4 py-2.5">
              <Row row={row} problem={problem} />
            </li>
          )
        return (
          <li key={row.index}>
            <label className="flex min-h-11 cursor-pointer gap-3 px-4 py-3 hover:bg-hover">
              <input
                type="checkbox"
                checked={chosen.has(row.index)}
                onChange={() => onToggle(row.index)}
                aria-label={`${actionWords(row.action)}: ${row.title}`}
                className="mt-0.5 size-4 shrink-0 accent-accent max-sm:size-5"
              />
              <Row row={row} problem={problem} />
            </label>
          </li>
        )
      })}
    </ul>
  )
}

function Row({ row, problem = row.problem ?? undefined }: { row: ProposalRow; problem?: string }) {
  const { now, zone } = useClock()
  return (
    <div className="min-w-0 flex-1 text-13">
      <p className="text-14">
        <span className="text-muted">{actionWords(row.action)} </span>
        <bdi className="font-medium break-words">{row.title}</bdi>
      </p>
      {fieldChanges(row, now, zone).map(({ field, from, to }) => (
        <p key={field} className="text-muted">
          {field}:{' '}
          {from !== null && (
            <>
              <span className="line-through decoration-idle">{from}</span> →{' '}
            </>
          )}
          <span className="text-soft">{to}</span>
        </p>
      ))}
      {row.series && <p className="text-muted">{row.series}</p>}
      {row.reminders && <p className="text-muted">{row.reminders}</p>}
      {problem && <p className="text-red">{problem}</p>}
    </div>
  )
}
