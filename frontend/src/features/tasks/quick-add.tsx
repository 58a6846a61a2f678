'use client'

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bell, CalendarDays, CornerDownLeft, Flag, Hash, Plus, Repeat, X } from 'lucide-react'
import { useRef, useState, type ReactNode } from 'react'
import { api } from '@/api/browser'
import type { Parsed } from '@/api/types'
import { Kbd } from '@/components/ui/bits'
import { Dialog, Popover } from '@/components/ui/layers'
import { usePreview } from '@/features/recurrence/preview'
import { useClock } from '@/features/shell/clock'
import { cn } from '@/lib/cn'
import { offsetWords } from '@/lib/duration'
import { useDebounced, useDraft } from '@/lib/hooks'
import { createStore } from '@/lib/store'
import { dueWords, shortDate } from '@/lib/words'
import { dateField, wallClock } from '@/lib/zoned'
import { useTaskActions } from './actions'
import { readDue } from './changes'
import { dueText, dueWallOf, whenOf } from './due'
import { level } from './priority'
import { draftFrom, NO_CORRECTIONS, pieces, type Corrections, type Part } from './quick-add-model'
import { RecurrenceDialog, WhenPicker } from './lazy'

/** The sheet behind the ＋ of a phone, and behind "q" where there is no list. */
export const quickAddOpen = createStore(false)

const TINT: Record<Part, string> = {
  due: 'bg-amber-soft text-amber',
  recurrence: 'bg-accent-soft text-accent',
  reminders: 'bg-violet-soft text-violet',
  priority: 'bg-red-soft text-red',
  tags: 'bg-blue-soft text-blue',
}

export function QuickAdd({
  autoFocus,
  onAdded,
  startsToday,
  className,
}: {
  autoFocus?: boolean
  onAdded?: () => void
  /** On Today an undated task would vanish at once: it is due today unless the text says otherwise. */
  startsToday?: boolean
  className?: string
}) {
  const client = useQueryClient()
  const { zone, current } = useClock()
  const actions = useTaskActions()
  const [text, setText] = useDraft('quick-add')
  const [corrections, setCorrections] = useState<Corrections>(NO_CORRECTIONS)
  const [focused, setFocused] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const mirror = useRef<HTMLDivElement>(null)
  const settled = useDebounced(text.trim() ? text : '', 90)

  const ask = (words: string) => ({
    queryKey: ['parse', words, zone] as const,
    queryFn: () => api.parse(words, zone),
    staleTime: 30_000,
  })
  const { data } = useQuery({
    ...ask(settled),
    enabled: settled !== '',
    placeholderData: settled ? keepPreviousData : undefined,
    retry: false,
  })
  // Spans of an older text are still right as far as both texts begin alike.
  const parsed = text.trim() && data && agrees(settled, text) ? data : null

  const change = (next: string) => {
    setText(next)
    if (!next.trim()) setCorrections(NO_CORRECTIONS)
  }

  const submit = async () => {
    const words = text.trim()
    if (!words) return
    const kept = corrections
    change('')
    setCorrections(NO_CORRECTIONS)
    onAdded?.()
    let fresh: Parsed | null = null
    try {
      // The same text has usually been parsed already and answers from the cache.
      if (navigator.onLine) fresh = await client.fetchQuery({ ...ask(text), retry: false })
    } catch {
      // Without a parse the words become the title: nothing typed is lost.
    }
    const draft = draftFrom(text, fresh, kept)
    if (startsToday && !draft.due_date && kept.due === undefined && !kept.ignored.includes('due')) {
      draft.due_date = dateField(wallClock(current(), zone))
      draft.all_day = true
      draft.timezone = zone
      draft.reminders = []
    }
    actions.create(draft)
  }

  const active = focused || text !== ''
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <div
        className={cn(
          'relative flex h-11 items-center gap-3 rounded-control border bg-surface pr-2 pl-3 transition-[border-color,box-shadow] duration-150',
          active ? 'border-edge shadow-float' : 'border-line hover:border-edge',
        )}
      >
        <Plus
          aria-hidden
          className={cn('size-[18px] shrink-0', active ? 'text-accent' : 'text-muted')}
          strokeWidth={2}
        />
        <div className="relative h-full min-w-0 flex-1">
          <div
            ref={mirror}
            aria-hidden
            className="pointer-events-none absolute inset-0 flex items-center overflow-hidden text-15 whitespace-pre max-sm:text-16"
          >
            <span>
              {pieces(text, parsed?.spans ?? [], corrections.ignored).map((piece, index) =>
                piece.part ? (
                  <mark
                    key={index}
                    className={cn(
                      'rounded-[5px] shadow-[0_0_0_2px_var(--mark)] [--mark:transparent]',
                      TINT[piece.part],
                    )}
                  >
                    {piece.text}
                  </mark>
                ) : (
                  <span key={index}>{piece.text}</span>
                ),
              )}
            </span>
          </div>
          <input
            ref={input}
            data-quick-add
            aria-label="Add a task"
            autoFocus={autoFocus}
            autoComplete="off"
            enterKeyHint="done"
            maxLength={2000}
            value={text}
            placeholder={autoFocus ? 'water plants every monday 9:00' : 'Add a task'}
            onChange={(event) => change(event.target.value)}
            onFocus={() => setFocused(true)}
            onBlur={() => setFocused(false)}
            onScroll={(event) => {
              if (mirror.current) mirror.current.scrollLeft = event.currentTarget.scrollLeft
            }}
            onKeyDown={(event) => {
              if (event.key === 'Escape') {
                event.currentTarget.blur()
                event.stopPropagation()
              }
            }}
            className="absolute inset-0 w-full bg-transparent text-15 text-transparent caret-ink outline-none placeholder:text-muted max-sm:text-16"
          />
        </div>
        {text ? (
          <button
            type="submit"
            aria-label="Add"
            title="Add (Enter)"
            className="flex size-8 items-center justify-center rounded-control text-accent hover:bg-accent-soft max-sm:size-11"
          >
            <CornerDownLeft aria-hidden className="size-4" strokeWidth={2} />
          </button>
        ) : (
          <span className="max-sm:hidden">
            <Kbd>q</Kbd>
          </span>
        )}
      </div>
      {parsed && (
        <Understood
          text={text}
          parsed={parsed}
          corrections={corrections}
          onCorrect={(next) => {
            setCorrections(next)
            input.current?.focus()
          }}
        />
      )}
    </form>
  )
}

function agrees(parsedText: string, text: string): boolean {
  const shorter = Math.min(parsedText.length, text.length)
  return parsedText.slice(0, shorter) === text.slice(0, shorter)
}

/** What was understood, each part correctable, before anything is saved. */
function Understood({
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

export function QuickAddDialog() {
  const open = quickAddOpen.use()
  return (
    <Dialog open={open} onOpenChange={quickAddOpen.set} title="Add a task" className="sm:max-w-150">
      <div className="flex flex-col gap-3 px-5 pt-1 pb-5">
        <QuickAdd autoFocus onAdded={() => quickAddOpen.set(false)} />
        <p className="text-13 text-muted">
          Days, times, <em className="not-italic text-soft">every month on the last day</em>,{' '}
          <em className="not-italic text-soft">remind 1 hour before</em>,{' '}
          <em className="not-italic text-soft">!high</em> and{' '}
          <em className="not-italic text-soft">#home</em> are understood.
        </p>
      </div>
    </Dialog>
  )
}
