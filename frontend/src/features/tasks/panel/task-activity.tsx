/** The past of the task. Each section is loaded when it is opened. */
'use client'

import { ChevronRight } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { Task } from '@/api/types'
import { cn } from '@/lib/cn'
import type { TaskActions } from '../state/actions'
import { History } from './history'
import { Occurrences } from './occurrences'
import { ReminderLog } from './reminder-log'

export function TaskActivity({ task, actions }: { task: Task; actions: TaskActions }) {
  return (
    <div className="flex flex-col border-t">
      {task.series_id && (
        <Fold title="Occurrences">
          <Occurrences task={task} actions={actions} />
        </Fold>
      )}
      <Fold title="Reminder log">
        <ReminderLog task={task} />
      </Fold>
      <Fold title="History">
        <History task={task} />
      </Fold>
    </div>
  )
}

function Fold({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <section className="border-b">
      <h3>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-10 w-full items-center justify-between text-left font-medium text-soft hover:text-ink max-sm:h-12"
        >
          {title}
          <ChevronRight
            aria-hidden
            className={cn(
              'size-4 text-muted transition-transform duration-150',
              open && 'rotate-90',
            )}
            strokeWidth={1.5}
          />
        </button>
      </h3>
      {open && <div className="animate-fade pb-4">{children}</div>}
    </section>
  )
}
