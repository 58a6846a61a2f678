/** The next dates of a recurring task. */
'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { details } from '@/api/details'
import type { Task } from '@/api/types'
import { Dates, FEW_DATES, MANY_DATES } from '@/features/recurrence/preview'
import { keys } from '@/session/query-keys'

export function NextDates({ task }: { task: Task }) {
  const [count, setCount] = useState(FEW_DATES)
  const saved = task.id > 0
  const { data } = useQuery({
    queryKey: [...keys.about(task.id, 'next-dates'), count],
    queryFn: () => details.nextDates(task.id, count),
    enabled: saved,
    placeholderData: keepPreviousData,
  })
  if (!data) return saved && <div className="h-[160px]" />
  return (
    <section>
      <h3 className="pb-1 text-13 font-semibold text-soft">Next dates</h3>
      <Dates
        occurrences={data.occurrences}
        timezone={task.timezone}
        allDay={task.all_day}
        onMore={count === FEW_DATES ? () => setCount(MANY_DATES) : undefined}
      />
    </section>
  )
}
