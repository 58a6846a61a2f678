/** The project and tags of a task, when it starts, and icons for its notes, reminders and repetition. */
'use client'

import { AlignLeft, Bell, Hourglass, Repeat } from 'lucide-react'
import type { Task } from '@/api/types'
import { Marked } from '@/components/ui/marked'
import { ProjectMark } from '@/components/ui/project-mark'
import { offsetShort } from '@/lib/duration'
import { useClock } from '@/session/clock'
import { useProject } from '@/session/projects'
import { sleeps, startWords } from '../model/start'

export function RowMarks({ task, withProject }: { task: Task; withProject: boolean }) {
  // Null means the default reminders, which need no icon.
  const reminders = task.reminders ?? []
  const { now, zone } = useClock()
  const start = !task.completed && sleeps(task, now, zone) ? startWords(task, now, zone) : null
  const project = useProject(withProject ? task.project_id : null)
  return (
    <>
      {project && (
        <span className="flex min-w-0 items-center gap-1">
          <ProjectMark project={project} className="w-3" />
          <span dir="auto" className="max-w-32 truncate">
            {project.name}
          </span>
        </span>
      )}
      {task.tags.slice(0, 3).map((tag) => (
        <span key={tag} dir="auto" className="max-w-28 truncate">
          <span className="text-muted">#</span>
          <Marked text={tag} />
        </span>
      ))}
      {start && (
        <span title={start.exact} className="flex items-center gap-1 whitespace-nowrap">
          <Hourglass aria-hidden className="size-3.5 shrink-0" strokeWidth={1.75} />
          {start.text}
        </span>
      )}
      {task.description && (
        <span title="Has notes" className="max-sm:hidden">
          <AlignLeft aria-hidden className="size-3.5" strokeWidth={1.75} />
          <span className="sr-only">Has notes</span>
        </span>
      )}
      {reminders.length > 0 && !task.completed && (
        <span
          title={`Reminders: ${reminders.map(offsetShort).join(', ')}`}
          className="max-sm:hidden"
        >
          <Bell aria-hidden className="size-3.5" strokeWidth={1.75} />
          <span className="sr-only">Has reminders</span>
        </span>
      )}
      {task.recurrence && (
        <span title={task.recurrence_text ?? undefined} className="flex min-w-0 items-center gap-1">
          <Repeat aria-hidden className="size-3.5 shrink-0" strokeWidth={1.75} />
          <span className="truncate sm:max-w-44">{task.recurrence_text ?? 'repeats'}</span>
        </span>
      )}
    </>
  )
}
