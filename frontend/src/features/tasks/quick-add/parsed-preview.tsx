'use client'

import { Bell, CalendarDays, Flag, Hash, Repeat, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { Parsed } from '@/api/types'
import { Popover } from '@/components/ui/layers'
import { usePreview } from '@/features/recurrence/preview'
import { useClock } from '@/session/clock'
import { cn } from '@/lib/cn'
import { offsetWords } from '@/lib/duration'
import { dueWords, shortDate } from '@/lib/words'
import { readDue } from '../model/changes'
import { dueText, dueWallOf, whenOf } from '../model/due'
import { RecurrenceDialog, WhenPicker } from '../controls/lazy'
import { level } from '../model/priority'
import { draftFrom, type Corrections, type Part } from '../model/quick-add'
import { TINT } from './tint'

/** What was understood, each part correctable, before anything is saved. */
export function Understood({
  text,
  parsed,
  corrections,
  onCorrect,
}: {
  text: string
  parsed: Parsed
  corrections: Corrections
  onCorrect: (corrections: Corrections) => void
}) {
  const { now, zone } = useClock()
  const [editing, setEditing] = useState<'due' | 'recurrence' | null>(null)
  const draft = draftFrom(text, parsed, corrections)
  const timezone = draft.timezone ?? zone
  const due = draft.due_date ? { ...readDue(draft.due_date, timezone), timezone } : null
  if (due && draft.all_day) due.all_day = true
  const words = due && dueWords(due, now, zone)
  const when = whenOf(due ?? { due_date: null, all_day: false, timezone })
  const wall = dueWallOf(when)
  const ignore = (part: Part) =>
    onCorrect({
      ...corrections,
      ignored: [...corrections.ignored, part],
      ...(part === 'due' ? { due: undefined } : {}),
      ...(part === 'recurrence' ? { recurrence: { rule: null, mode: 'from_due' as const } } : {}),
    })
  const preview = usePreview(
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
  const anything = words || draft.recurrence || draft.reminders || draft.priority || draft.tags
  if (!anything) return null

  return (
    <div className="flex flex-wrap items-center gap-1.5 pt-2" aria-label="Understood">
      {words && (
        <Understanding
          part="due"
          icon={<CalendarDays />}
          onClear={() => (draft.recurrence ? ignore('recurrence') : ignore('due'))}
        >
          <Popover
            open={editing === 'due'}
            onOpenChange={(open) => setEditing(open ? 'due' : null)}
            aria-label="Date"
            trigger={
              <button type="button" title={words.exact} className="h-full max-sm:min-h-11">
                {words.text}
              </button>
            }
          >
            <WhenPicker
              value={when}
              onChange={(next) =>
                onCorrect({
                  ...corrections,
                  due: {
                    due_date: dueText(next),
                    all_day: next.date !== null && next.time === null,
                    timezone: next.timezone,
                  },
                })
              }
            />
          </Popover>
        </Understanding>
      )}
      {draft.recurrence && (
        <Understanding part="recurrence" icon={<Repeat />} onClear={() => ignore('recurrence')}>
          <button
            type="button"
            className="h-full max-sm:min-h-11"
            onClick={() => setEditing('recurrence')}
          >
            {preview.data?.recurrence_text ?? parsed.task.recurrence_text}
          </button>
        </Understanding>
      )}
      {draft.reminders?.map((offset) => (
        <Understanding
          key={offset}
          part="reminders"
          icon={<Bell />}
          onClear={() => ignore('reminders')}
        >
          {offsetWords(offset) ?? 'once'}
        </Understanding>
      ))}
      {draft.priority ? (
        <Understanding part="priority" icon={<Flag />} onClear={() => ignore('priority')}>
          {level(draft.priority)}
        </Understanding>
      ) : null}
      {draft.tags?.map((tag) => (
        <Understanding key={tag} part="tags" icon={<Hash />} onClear={() => ignore('tags')}>
          {tag}
        </Understanding>
      ))}
      {draft.recurrence && preview.data && (
        <span className="pl-1 text-13 text-muted tabular">
          {preview.data.occurrences
            .slice(1)
            .map(({ due_date }) => shortDate(new Date(due_date), now, timezone))
            .join(' · ')}
        </span>
      )}
      {wall && draft.due_date && (
        <RecurrenceDialog
          open={editing === 'recurrence'}
          onOpenChange={(open) => setEditing(open ? 'recurrence' : null)}
          value={{ rule: draft.recurrence ?? null, mode: draft.recurrence_mode ?? 'from_due' }}
          words={parsed.task.recurrence_text}
          due={{
            text: dueText(when) ?? draft.due_date,
            wall,
            allDay: when.time === null,
            timezone,
          }}
          onSave={(recurrence) => onCorrect({ ...corrections, recurrence })}
        />
      )}
    </div>
  )
}

function Understanding({
  part,
  icon,
  onClear,
  children,
}: {
  part: Part
  icon: ReactNode
  onClear: () => void
  children: ReactNode
}) {
  return (
    <span
      className={cn(
        'inline-flex h-7 items-center gap-1.5 rounded-full pl-2.5 text-13 font-medium max-sm:h-11',
        TINT[part],
      )}
    >
      <span aria-hidden className="[&>svg]:size-3.5 [&>svg]:stroke-[1.75]">
        {icon}
      </span>
      {children}
      <button
        type="button"
        aria-label="No, these are just words"
        title="No, these are just words"
        onClick={onClear}
        className="flex h-full w-6 items-center justify-center rounded-full opacity-70 hover:opacity-100 max-sm:w-11"
      >
        <X aria-hidden className="size-3.5" strokeWidth={2} />
      </button>
    </span>
  )
}
