/** A list with its heading, and the add field where a new task would appear. */
'use client'

import { useMemo } from 'react'
import { PageHead } from '@/components/ui/page-head'
import { Bell } from '@/features/notifications/bell'
import { MONTHS, WEEKDAYS } from '@/lib/words'
import { wallClock, weekday } from '@/lib/zoned'
import { useClock } from '@/session/clock'
import { countWords, useCounts } from '@/session/counts'
import type { View } from '../model/views'
import { QuickAdd } from '../quick-add/quick-add'
import { TaskList } from './task-list'
import type { InitialPage } from './use-task-list'

const TITLES: Record<View['name'], string> = {
  today: 'Today',
  upcoming: 'Upcoming',
  inbox: 'Inbox',
  all: 'All',
  completed: 'Completed',
  trash: 'Trash',
  search: 'Search',
  tag: '',
  project: '',
}

export function TaskListPage({ view: given, initial }: { view: View; initial: InitialPage }) {
  const { name, param } = given
  const view = useMemo(() => ({ name, param }), [name, param])
  const adds = !['completed', 'trash', 'search'].includes(name)
  return (
    <>
      <PageHead title={name === 'tag' ? `#${param}` : TITLES[name]} actions={<Bell />}>
        <Subtitle view={view} />
      </PageHead>
      {adds && <QuickAdd startsToday={name === 'today'} className="mb-6 max-sm:hidden" />}
      <TaskList view={view} initial={initial} />
    </>
  )
}

function Subtitle({ view }: { view: View }) {
  const { now, zone } = useClock()
  const counts = useCounts()
  const wall = wallClock(now, zone)
  switch (view.name) {
    case 'today': {
      const date = `${WEEKDAYS[weekday(wall)]} ${wall.day} ${MONTHS[wall.month - 1]}`
      if (!counts) return <>{date}</>
      const words = [
        counts.today.value > 0 && `${countWords(counts.today)} due today`,
        counts.overdue.value > 0 && `${countWords(counts.overdue)} overdue`,
      ].filter(Boolean)
      return <>{[date, ...(words.length ? words : ['nothing open'])].join(' · ')}</>
    }
    case 'upcoming':
      return counts && <>{countWords(counts.upcoming)} upcoming</>
    case 'inbox':
      return counts && <>{countWords(counts.inbox)} open</>
    case 'all':
      return counts && <>{countWords(counts.open)} open</>
    case 'completed':
      return counts && <>{countWords(counts.completed)} done</>
    case 'trash':
      return <>Deleted tasks stay here until you restore them</>
    default:
      return null
  }
}
