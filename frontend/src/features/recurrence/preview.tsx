/** The next dates, computed by the server code that creates the tasks; a note explains each unexpected date. */
'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { details } from '@/api/details'
import { Problem, sentence } from '@/api/problem'
import type { Occurrence, RecurrenceMode } from '@/api/types'
import { TextButton } from '@/components/ui/button'
import { useClock } from '@/session/clock'
import { useDebounced } from '@/lib/hooks'
import { dueDate } from '@/lib/words'
import { dueClock, timeField } from '@/lib/zoned'

interface PreviewOf {
  due: string
  timezone: string
  allDay: boolean
  rule: string
  mode: RecurrenceMode
}

export const FEW_DATES = 5
export const MANY_DATES = 10

export function usePreview(of: PreviewOf | null, count = FEW_DATES) {
  const settled = useDebounced(of && JSON.stringify(of), 120)
  return useQuery({
    queryKey: ['preview', settled, count],
    queryFn: ({ signal }) => {
      const { due, timezone, allDay, rule, mode } = JSON.parse(settled ?? '') as PreviewOf
      return details.preview(
        {
          due_date: due,
          timezone,
          recurrence: rule,
          recurrence_mode: mode,
          all_day: allDay,
          count,
        },
        signal,
      )
    },
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}

export function NextDates({ of }: { of: PreviewOf }) {
  const [count, setCount] = useState(FEW_DATES)
  const { data, error, isPending } = usePreview(of, count)
  if (error)
    return (
      <p role="alert" className="text-13 text-red">
        {error instanceof Problem ? error.message : sentence(error)}
      </p>
    )
  if (isPending) return <div className="h-[150px]" />
  return (
    <>
      <p className="pb-1.5 text-13 font-medium text-soft first-letter:uppercase">
        {data.recurrence_text}
      </p>
      <Dates
        occurrences={data.occurrences}
        timezone={of.timezone}
        allDay={of.allDay}
        onMore={count === FEW_DATES ? () => setCount(MANY_DATES) : undefined}
      />
    </>
  )
}

export function Dates({
  occurrences,
  timezone,
  allDay,
  onMore,
}: {
  occurrences: Occurrence[]
  timezone: string
  allDay: boolean
  onMore: (() => void) | undefined
}) {
  const { now } = useClock()
  return (
    <>
      <ol aria-label="Next dates" className="text-13 tabular">
        {occurrences.map(({ due_date, note }) => (
          <li key={due_date} className="flex min-h-7 items-baseline gap-2 py-1">
            <span className="w-32 shrink-0 whitespace-nowrap text-ink">
              {dueDate(due_date, now, timezone)}
            </span>
            {!allDay && (
              <span className="w-11 shrink-0 text-muted">
                {timeField(dueClock(due_date, timezone))}
              </span>
            )}
            {note && <span className="text-amber">{note}</span>}
          </li>
        ))}
        {occurrences.length === 0 && <li className="py-1 text-muted">No more dates.</li>}
      </ol>
      {onMore && occurrences.length === FEW_DATES && (
        <TextButton className="-ml-2" onClick={onMore}>
          Show more dates
        </TextButton>
      )}
    </>
  )
}
