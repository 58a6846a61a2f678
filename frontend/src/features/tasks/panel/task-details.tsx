/** The properties of the open task, each of which saves by itself. */
'use client'

import { Bell, Flag, FolderOpen, Hash } from 'lucide-react'
import type { Task } from '@/api/types'
import { ReminderChips } from '@/features/reminders/reminder-chips'
import { TaskRings } from '@/features/reminders/rings'
import { cn } from '@/lib/cn'
import { agoWords } from '@/lib/words'
import { useClock } from '@/session/clock'
import { useMe } from '@/session/me'
import { Check } from '../controls/check'
import type { TaskActions } from '../state/actions'
import { AutoSaveText } from './auto-save-text'
import { DueLine } from './due-line'
import { NextDates } from './next-dates'
import { PanelHeader } from './panel-header'
import { PanelLine } from './panel-line'
import { PriorityChoice } from './priority-choice'
import { ProjectChoice } from './project-choice'
import { RepeatLine } from './repeat-line'
import { StartLine } from './start-line'
import { TagInput } from './tag-input'
import { TaskActivity } from './task-activity'
import { useEdit, type Edit } from './use-edit'

export function TaskDetails({
  task,
  actions,
  close,
}: {
  task: Task
  actions: TaskActions
  close: () => void
}) {
  const me = useMe()
  const { edit, errorOf } = useEdit(task, actions)
  const repeats = task.recurrence !== null && !task.completed
  return (
    <div>
      <PanelHeader task={task} actions={actions} close={close} />
      <div className="flex flex-col gap-5 px-5 pt-1 pb-10">
        <div className="flex gap-3">
          <Check
            task={task}
            onToggle={() => actions.toggle(task)}
            className="mt-[-4px] max-sm:mt-[-8px]"
          />
          <AutoSaveText
            key={`title-${task.id}`}
            draftKey={`${me.id}:title-${task.id}`}
            label="Title"
            value={task.title}
            version={task.version}
            required
            focusOnOpen
            error={errorOf('title')}
            onSave={(title, { value, version }, onRefused) =>
              edit({ title }, { seen: { title: value, version }, onRefused })
            }
            className={cn(
              'text-20 font-semibold tracking-[-0.01em]',
              task.completed && 'text-muted line-through decoration-idle',
            )}
          />
        </div>
        <AutoSaveText
          key={`notes-${task.id}`}
          draftKey={`${me.id}:notes-${task.id}`}
          label="Notes"
          placeholder="Notes"
          multiline
          value={task.description ?? ''}
          version={task.version}
          error={errorOf('description')}
          onSave={(text, { value, version }, onRefused) =>
            edit(
              { description: text || null },
              { seen: { description: value || null, version }, onRefused },
            )
          }
          className="min-h-5 text-14 text-soft"
        />
        <Lines task={task} edit={edit} errorOf={errorOf} className={cn(repeats && 'border-b')} />
        {repeats && <NextDates task={task} />}
        <TaskActivity task={task} actions={actions} />
        <Footer task={task} />
      </div>
    </div>
  )
}

function Lines({
  task,
  edit,
  errorOf,
  className,
}: {
  task: Task
  edit: Edit
  errorOf: (...fields: string[]) => string | undefined
  className?: string
}) {
  const me = useMe()
  return (
    <div className={cn('flex flex-col border-t py-2', className)}>
      <PanelLine icon={<FolderOpen />} label="Project" error={errorOf('project_id')}>
        <ProjectChoice value={task.project_id} onChange={(project_id) => edit({ project_id })} />
      </PanelLine>
      <DueLine task={task} edit={edit} error={errorOf('due_date', 'timezone')} />
      <StartLine task={task} edit={edit} error={errorOf('start_date')} />
      <RepeatLine task={task} edit={edit} error={errorOf('recurrence', 'recurrence_mode')} />
      <PanelLine icon={<Bell />} label="Reminders" tall error={errorOf('reminders')}>
        {task.due_date ? (
          <>
            <ReminderChips
              value={task.reminders ?? me.default_reminders}
              onChange={(reminders) => edit({ reminders })}
            />
            {!task.completed && <TaskRings key={task.id} task={task} />}
          </>
        ) : (
          <span className="text-muted">Reminders need a due date</span>
        )}
      </PanelLine>
      <PanelLine icon={<Flag />} label="Priority" error={errorOf('priority')}>
        <PriorityChoice value={task.priority} onChange={(priority) => edit({ priority })} />
      </PanelLine>
      <PanelLine icon={<Hash />} label="Tags" tall error={errorOf('tags')}>
        <TagInput value={task.tags} onChange={(tags, onRefused) => edit({ tags }, { onRefused })} />
      </PanelLine>
    </div>
  )
}

function Footer({ task }: { task: Task }) {
  const { now, zone } = useClock()
  return (
    <p className="text-13 text-muted">
      Added {agoWords(new Date(task.created_at), now, zone)}
      {task.completed_at && ` · done ${agoWords(new Date(task.completed_at), now, zone)}`}
    </p>
  )
}
