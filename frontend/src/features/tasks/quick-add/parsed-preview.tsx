/** The parsed parts of the typed text. Each can be corrected or kept as text before the task is added. */
'use client'

import { Bell, CalendarDays, Flag, Hash, Hourglass, Repeat } from 'lucide-react'
import { useState } from 'react'
import type { Parsed, Preview, TaskDraft } from '@/api/types'
import { Popover } from '@/components/ui/layers'
import { usePreview } from '@/features/recurrence/preview'
import { DraftRings } from '@/features/reminders/rings'
import { offsetWords } from '@/lib/duration'
import { dueDate, dueWords, type Due } from '@/lib/words'
import { useClock } from '@/session/clock'
import { RecurrenceDialog, WhenPicker } from '../controls/lazy'
import { readDue } from '../model/changes'
import { dueText, dueWallOf, whenOf } from '../model/due'
import { level } from '../model/priority'
import { draftFrom, unclearWords, type Corrections, type Part } from '../model/quick-add'
import { startWords } from '../model/start'
import { PartChip } from './part-chip'
import { ProjectChip } from './project-chip'
import { Unclear } from './unclear'

interface PreviewProps {
  text: string
  parsed: Parsed
  corrections: Corrections
  onCorrect: (corrections: Corrections) => void
}

interface PartProps {
  draft: TaskDraft
  parsed: Parsed
  due: Due
  /** The description and the first dates of the rule, once the server has answered. */
  preview: Preview | undefined
  correct: (change: Partial<Corrections>) => void
  /** Puts the words of a part back into the title. */
  keepAsText: (part: Part) => void
}

export function ParsedPreview({ text, parsed, corrections, onCorrect }: PreviewProps) {
  const { now, zone } = useClock()
  const draft = draftFrom(text, parsed, corrections)
  const timezone = draft.timezone ?? zone
  const { data: preview } = useDraftPreview(draft, timezone)
  const unclear = unclearWords(text, parsed.spans)
  const filed = draft.project_id !== undefined
  const empty =
    !draft.due_date &&
    !draft.start_date &&
    !draft.priority &&
    !draft.tags &&
    !draft.reminders &&
    !filed
  if (empty && unclear.length === 0) return null

  const due = { ...readDue(draft.due_date ?? null, timezone, draft.all_day ?? undefined), timezone }
  const correct = (change: Partial<Corrections>) => onCorrect({ ...corrections, ...change })
  const keepAsText = (part: Part) =>
    correct({
      ignored: [...corrections.ignored, part],
      ...(part === 'due' ? { due: undefined } : {}),
      ...(part === 'recurrence' ? { recurrence: { rule: null, mode: 'from_due' } } : {}),
    })
  const parts = { draft, parsed, due, preview, correct, keepAsText }
  return (
    <div className="flex flex-wrap items-center gap-1.5 pt-2" aria-label="Understood">
      {draft.due_date && <DueChip {...parts} />}
      {draft.start_date && (
        <PartChip part="start" icon={<Hourglass />} keepAsText={keepAsText}>
          {startWords({ start_date: draft.start_date, timezone }, now, zone)?.text}
        </PartChip>
      )}
      {draft.recurrence && <RecurrenceChip {...parts} />}
      {draft.reminders?.map((offset) => (
        <PartChip key={offset} part="reminders" icon={<Bell />} keepAsText={keepAsText}>
          {offsetWords(offset) ?? 'once'}
        </PartChip>
      ))}
      {draft.priority ? (
        <PartChip part="priority" icon={<Flag />} keepAsText={keepAsText}>
          {level(draft.priority)}
        </PartChip>
      ) : null}
      {draft.tags?.map((tag) => (
        <PartChip key={tag} part="tags" icon={<Hash />} keepAsText={keepAsText}>
          {tag}
        </PartChip>
      ))}
      {filed && <ProjectChip id={draft.project_id ?? null} keepAsText={keepAsText} />}
      {draft.recurrence && <NextDates {...parts} />}
      {(draft.due_date || draft.reminders) && (
        <div className="basis-full pl-1">
          <DraftRings
            draft={{
              due_date: draft.due_date,
              all_day: draft.all_day,
              timezone,
              reminders: draft.reminders,
            }}
          />
        </div>
      )}
      <Unclear words={unclear} />
    </div>
  )
}

function DueChip({ draft, due, correct, keepAsText }: PartProps) {
  const { now, zone } = useClock()
  const words = dueWords(due, now, zone)
  return (
    <PartChip
      part="due"
      icon={<CalendarDays />}
      // The date of a recurring task comes from its rule: removing it means removing the rule.
      keepAsText={() => keepAsText(draft.recurrence ? 'recurrence' : 'due')}
    >
      <Popover
        aria-label="Date"
        trigger={
          <button type="button" title={words?.exact} className="h-full max-sm:min-h-11">
            {words?.text}
          </button>
        }
      >
        <WhenPicker
          value={whenOf(due, zone)}
          onChange={(next) =>
            correct({
              due: {
                due_date: dueText(next),
                all_day: next.date !== null && next.time === null,
                timezone: next.timezone,
              },
            })
          }
        />
      </Popover>
    </PartChip>
  )
}

function RecurrenceChip({ draft, parsed, due, preview, correct, keepAsText }: PartProps) {
  const { zone } = useClock()
  const [editing, setEditing] = useState(false)
  const when = whenOf(due, zone)
  const wall = dueWallOf(when)
  return (
    <>
      <PartChip part="recurrence" icon={<Repeat />} keepAsText={keepAsText}>
        <button type="button" className="h-full max-sm:min-h-11" onClick={() => setEditing(true)}>
          {preview?.recurrence_text ?? parsed.task.recurrence_text}
        </button>
      </PartChip>
      {wall && draft.due_date && (
        <RecurrenceDialog
          open={editing}
          onOpenChange={setEditing}
          value={{ rule: draft.recurrence ?? null, mode: draft.recurrence_mode ?? 'from_due' }}
          words={parsed.task.recurrence_text}
          due={{
            text: dueText(when) ?? draft.due_date,
            wall,
            allDay: when.time === null,
            timezone: due.timezone,
          }}
          onSave={(recurrence) => correct({ recurrence })}
        />
      )}
    </>
  )
}

function NextDates({ due, preview }: PartProps) {
  const { now } = useClock()
  if (!preview) return null
  return (
    <span className="pl-1 text-13 text-muted tabular">
      {preview.occurrences
        .slice(1)
        .map(({ due_date }) => dueDate(due_date, now, due.timezone))
        .join(' · ')}
    </span>
  )
}

function useDraftPreview(draft: TaskDraft, timezone: string) {
  return usePreview(
    draft.recurrence && draft.due_date
      ? {
          due: draft.due_date,
          timezone,
          allDay: draft.all_day ?? false,
          rule: draft.recurrence,
          mode: draft.recurrence_mode ?? 'from_due',
        }
      : null,
    4,
  )
}
