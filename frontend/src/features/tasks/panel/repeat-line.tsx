/** The line of the panel with the recurrence rule. */
'use client'

import { Repeat } from 'lucide-react'
import { useState } from 'react'
import type { RecurrenceMode, Task } from '@/api/types'
import { useClock } from '@/session/clock'
import { RecurrenceDialog } from '../controls/lazy'
import { dueText, dueWallOf, whenOf } from '../model/due'
import { PanelLine, ValueButton } from './panel-line'
import type { Edit } from './use-edit'

const MODES: Record<RecurrenceMode, string | null> = {
  from_due: null,
  from_completion: 'from completion',
  skip_missed: 'skips missed dates',
}

export function RepeatLine({ task, edit, error }: { task: Task; edit: Edit; error?: string }) {
  const { zone } = useClock()
  const [open, setOpen] = useState(false)
  const when = whenOf(task, zone)
  const wall = dueWallOf(when)
  const mode = MODES[task.recurrence_mode]
  if (!wall || !task.due_date)
    return (
      <PanelLine icon={<Repeat />} label="Repeat" error={error}>
        <span className="text-muted">Repeating needs a due date</span>
      </PanelLine>
    )
  return (
    <PanelLine icon={<Repeat />} label="Repeat" error={error}>
      <ValueButton onClick={() => setOpen(true)}>
        {task.recurrence ? (
          <>
            <span className="first-letter:uppercase">{task.recurrence_text ?? 'Repeats'}</span>
            {mode && <span className="text-13 text-muted">{mode}</span>}
          </>
        ) : (
          <span className="text-muted">Does not repeat</span>
        )}
      </ValueButton>
      <RecurrenceDialog
        open={open}
        onOpenChange={setOpen}
        value={{ rule: task.recurrence, mode: task.recurrence_mode }}
        words={task.recurrence_text}
        due={{
          text: dueText(when) ?? task.due_date,
          wall,
          allDay: task.all_day,
          timezone: when.timezone,
        }}
        onSave={(recurrence) =>
          edit({ recurrence: recurrence.rule, recurrence_mode: recurrence.mode })
        }
      />
    </PanelLine>
  )
}
