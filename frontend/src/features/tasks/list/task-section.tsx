/** A group of rows under its heading. Overdue tasks can be moved to today together. */
'use client'

import type { ReactNode } from 'react'
import type { Task } from '@/api/types'
import { TextButton } from '@/components/ui/button'
import { cn } from '@/lib/cn'
import { dateField, localDue, wallClock } from '@/lib/zoned'
import { useClock } from '@/session/clock'
import { whenOf } from '../model/due'
import type { Group } from '../model/views'
import type { TaskActions } from '../state/actions'

export function TaskSection({
  group,
  actions,
  children,
}: {
  group: Group
  actions: TaskActions
  children: ReactNode
}) {
  const { now, zone } = useClock()
  if (!group.title) return <section>{children}</section>
  const overdue = group.tone === 'overdue'
  const moveAll = () => {
    const today = dateField(wallClock(now, zone))
    const due = (task: Task) => localDue(today, whenOf(task, zone).time)
    actions.moveAll(
      group.tasks.map((task) => ({ task, due: due(task) })),
      'moved to today.',
    )
  }
  return (
    <section aria-label={group.title}>
      <div className="mb-1 flex h-8 items-center justify-between border-b">
        <h2 className={cn('text-13 font-semibold', overdue ? 'text-red' : 'text-soft')}>
          {group.title}
        </h2>
        {overdue && (
          <TextButton onClick={moveAll} className="-mr-2">
            Move all to today
          </TextButton>
        )}
      </div>
      {children}
    </section>
  )
}
