'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import {
  Bell,
  CalendarDays,
  Check as CheckIcon,
  Ellipsis,
  Flag,
  Hash,
  Link2,
  Repeat,
  RotateCcw,
  SkipForward,
  Trash2,
  Undo2,
  X,
} from 'lucide-react'
import { Dialog as RadixDialog } from 'radix-ui'
import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import { toast } from '@/components/ui/toast'
import { api } from '@/api/browser'
import { Problem, sentence } from '@/api/problem'
import type { Task, TaskPatch } from '@/api/types'
import { Button, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuLine, Popover } from '@/components/ui/layers'
import { Dates, FEW_DATES, MANY_DATES } from '@/features/recurrence/preview'
import { ReminderChips } from '@/features/reminders/reminder-chips'
import { useClock } from '@/session/clock'
import { useMe } from '@/session/me'
import { cn } from '@/lib/cn'
import { readDraft, useMediaQuery, writeDraft } from '@/lib/hooks'
import { agoWords, dueWords, zoneCity } from '@/lib/words'
import { useTaskActions, type TaskActions } from '../state/actions'
import { keys } from '@/session/query-keys'
import { Check } from '../controls/check'
import { dueText, dueWallOf, whenOf } from '../model/due'
import { level, PRIORITIES } from '../model/priority'
import { focusWanted, useSelection } from '../state/selection'
import { TaskTrail } from './activity'
import { RecurrenceDialog, WhenPicker } from '../controls/lazy'

/** The open task: a column beside the list on a desktop, a sheet below it. */
export function TaskPanel() {
  const selection = useSelection()
  const wide = useMediaQuery('(min-width: 1024px)')
  const { id, close } = selection

  if (wide)
    return id ? (
      <aside
        aria-label="Task"
        className="sticky top-0 z-10 h-dvh w-[400px] shrink-0 overflow-y-auto border-l bg-surface max-xl:w-[360px]"
      >
        <div key={id} className="animate-panel">
          <Loaded id={id} close={close} />
        </div>
      </aside>
    ) : null
  return (
    <RadixDialog.Root open={id !== null} onOpenChange={(open) => !open && close()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 animate-fade bg-veil" />
        <RadixDialog.Content
          aria-describedby=""
          onOpenAutoFocus={(event) => event.preventDefault()}
          className="fixed inset-x-0 bottom-0 z-40 max-h-[93dvh] animate-sheet overflow-y-auto rounded-t-sheet bg-surface pb-[env(safe-area-inset-bottom)] shadow-float outline-none sm:inset-x-auto sm:top-0 sm:right-0 sm:max-h-none sm:w-[420px] sm:rounded-none"
        >
          <RadixDialog.Title className="sr-only">Task</RadixDialog.Title>
          {id !== null && <Loaded key={id} id={id} close={close} />}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

function Loaded({ id, close }: { id: number; close: () => void }) {
  const { data: task, error } = useQuery({ queryKey: keys.one(id), queryFn: () => api.task(id) })
  const actions = useTaskActions()
  if (task) return <TaskDetails task={task} actions={actions} close={close} />
  if (error)
    return (
      <div className="p-6">
        <p className="pb-1 text-16 font-medium">
          {error instanceof Problem && error.status === 404
            ? 'This task is gone'
            : 'This task could not be loaded'}
        </p>
        <p className="pb-4 text-muted">
          {error instanceof Problem && error.status === 404
            ? 'It was deleted, or the link is not yours.'
            : sentence(error)}
        </p>
        <Button onClick={close}>Close</Button>
      </div>
    )
  return (
    <div className="animate-late p-5" role="status" aria-label="Loading">
      <div className="mb-6 h-6 w-3/4 rounded bg-hover" />
      {[60, 45, 70, 40].map((width) => (
        <div key={width} className="mb-4 h-4 rounded bg-hover" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}

interface Refusal {
  fields: string[]
  problem: Problem
}

type Edit = (
  patch: TaskPatch,
  options?: { quiet?: boolean; guarded?: boolean; onRefused?: (problem: Problem) => void },
) => void

function TaskDetails({
  task,
  actions,
  close,
}: {
  task: Task
  actions: TaskActions
  close: () => void
}) {
  const me = useMe()
  const trashed = task.deleted_at !== null
  const comesAgain = task.recurrence !== null && !task.completed
  const [refused, setRefused] = useState<Refusal | null>(null)
  const edit: Edit = (patch, options = {}) => {
    setRefused(null)
    actions.edit(task, patch, {
      ...options,
      onRefused: (problem) => {
        setRefused({ fields: Object.keys(patch), problem })
        options.onRefused?.(problem)
      },
    })
  }
  const wrong = (...fields: string[]) =>
    refused?.fields.some((field) => fields.includes(field)) ? sentence(refused.problem) : undefined
  return (
    <div>
      <div className="sticky top-0 z-10 flex h-13 items-center gap-1 bg-surface/95 pr-2 pl-4 backdrop-blur-sm max-sm:h-14">
        {trashed ? (
          <Button onClick={() => actions.restore(task)}>
            <Undo2 aria-hidden className="size-4" strokeWidth={1.5} />
            Restore
          </Button>
        ) : (
          <Button
            look={task.completed ? 'secondary' : 'quiet'}
            className="-ml-1.5 border-transparent text-accent hover:bg-accent-soft hover:text-accent"
            onClick={() => actions.toggle(task)}
          >
            {task.completed ? (
              <RotateCcw aria-hidden className="size-4" strokeWidth={1.75} />
            ) : (
              <CheckIcon aria-hidden className="size-4" strokeWidth={2.25} />
            )}
            {task.completed ? 'Open again' : 'Mark done'}
          </Button>
        )}
        <div className="ml-auto flex">
          <Menu
            trigger={
              <IconButton label="More">
                <Ellipsis aria-hidden className="size-4" strokeWidth={1.75} />
              </IconButton>
            }
          >
            {task.recurrence && !task.completed && !trashed && (
              <MenuItem
                icon={<SkipForward className="size-4" strokeWidth={1.5} />}
                onSelect={() => actions.skip(task)}
              >
                Skip this occurrence
              </MenuItem>
            )}
            <MenuItem
              icon={<Link2 className="size-4" strokeWidth={1.5} />}
              onSelect={() => {
                void navigator.clipboard
                  ?.writeText(`${location.origin}/all?task=${task.id}`)
                  .then(() => toast('Link copied.'))
              }}
            >
              Copy link
            </MenuItem>
            {!trashed && (
              <>
                <MenuLine />
                <MenuItem
                  danger
                  hint="Del"
                  icon={<Trash2 className="size-4" strokeWidth={1.5} />}
                  onSelect={() => {
                    actions.remove(task)
                    close()
                  }}
                >
                  Delete
                </MenuItem>
              </>
            )}
          </Menu>
          <IconButton label="Close" shortcut="Esc" onClick={close}>
            <X aria-hidden className="size-4" strokeWidth={1.75} />
          </IconButton>
        </div>
      </div>

      <div className="flex flex-col gap-5 px-5 pt-1 pb-10">
        <div className="flex gap-3">
          <Check
            task={task}
            onToggle={() => actions.toggle(task)}
            className="mt-[-4px] max-sm:mt-[-8px]"
          />
          <AutoText
            key={`title-${task.id}`}
            draftKey={`title-${task.id}`}
            label="Title"
            value={task.title}
            required
            focusOnOpen
            error={wrong('title')}
            onSave={(title, onRefused) => edit({ title }, { guarded: true, onRefused })}
            className={cn(
              'text-20 font-semibold tracking-[-0.01em]',
              task.completed && 'text-muted line-through decoration-idle',
            )}
          />
        </div>

        <AutoText
          key={`notes-${task.id}`}
          draftKey={`notes-${task.id}`}
          label="Notes"
          placeholder="Notes"
          multiline
          value={task.description ?? ''}
          error={wrong('description')}
          onSave={(text, onRefused) =>
            edit({ description: text || null }, { guarded: true, onRefused })
          }
          className="min-h-5 text-14 text-soft"
        />

        <div className={cn('flex flex-col border-t py-2', comesAgain && 'border-b')}>
          <DueLine task={task} edit={edit} error={wrong('due_date', 'timezone')} />
          <RepeatLine task={task} edit={edit} error={wrong('recurrence', 'recurrence_mode')} />
          <Line icon={<Bell />} label="Reminders" tall error={wrong('reminders')}>
            {task.due_date ? (
              <ReminderChips
                value={task.reminders ?? me.default_reminders}
                onChange={(reminders) => edit({ reminders })}
              />
            ) : (
              <span className="text-muted">Reminders need a due date</span>
            )}
          </Line>
          <Line icon={<Flag />} label="Priority" error={wrong('priority')}>
            <PriorityChoice value={task.priority} onChange={(priority) => edit({ priority })} />
          </Line>
          <Line icon={<Hash />} label="Tags" tall error={wrong('tags')}>
            <Tags value={task.tags} onChange={(tags) => edit({ tags })} />
          </Line>
        </div>

        {comesAgain && <Upcoming task={task} />}
        <TaskTrail task={task} actions={actions} />
        <Footer task={task} />
      </div>
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

function Line({
  icon,
  label,
  tall,
  error,
  children,
}: {
  icon: ReactNode
  label: string
  tall?: boolean
  /** What the server said against the last change of it. */
  error?: string
  children: ReactNode
}) {
  return (
    <div
      role="group"
      aria-label={label}
      className={cn('flex min-h-10 gap-3 max-sm:min-h-13', tall ? 'py-1.5' : 'items-center')}
    >
      <span
        aria-hidden
        title={label}
        className={cn(
          'flex w-[18px] shrink-0 justify-center text-muted [&>svg]:size-4 [&>svg]:stroke-[1.5]',
          tall && 'pt-1.5 max-sm:pt-3.5',
        )}
      >
        {icon}
      </span>
      <div className="min-w-0 flex-1">
        {children}
        {error && (
          <p role="alert" className="pb-1 text-13 text-red">
            {error}
          </p>
        )}
      </div>
    </div>
  )
}

const valueButton =
  '-mx-2 flex min-h-8 max-w-full items-center gap-2 rounded-control px-2 text-left transition-colors duration-150 hover:bg-hover aria-expanded:bg-hover max-sm:min-h-11'

function DueLine({ task, edit, error }: { task: Task; edit: Edit; error?: string }) {
  const { now, zone } = useClock()
  const [open, setOpen] = useState(false)
  const [when, setWhen] = useState(() => whenOf(task))
  const due = dueWords(task, now, zone)
  const foreign = task.due_date && !task.all_day && task.timezone !== zone

  const openChange = (next: boolean) => {
    setOpen(next)
    if (next) return setWhen(whenOf(task))
    const before = whenOf(task)
    if (when.date === before.date && when.time === before.time && when.timezone === before.timezone)
      return
    edit(
      {
        due_date: dueText(when),
        all_day: when.date !== null && when.time === null,
        timezone: when.timezone,
      },
      { quiet: false },
    )
  }

  return (
    <Line icon={<CalendarDays />} label="Due" error={error}>
      <Popover
        open={open}
        onOpenChange={openChange}
        aria-label="Due"
        trigger={
          <button type="button" title={due?.exact} className={valueButton}>
            {due ? (
              <>
                <span
                  className={cn(
                    !task.completed && due.tone === 'overdue' && 'text-red',
                    !task.completed && due.tone === 'today' && 'text-amber',
                  )}
                >
                  {due.text}
                </span>
                <span className="truncate text-13 text-muted">
                  {shortExact(due.exact, due.text)}
                  {foreign && ` · ${whenOf(task).time} in ${zoneCity(task.timezone)}`}
                </span>
              </>
            ) : (
              <span className="text-muted">Add a date</span>
            )}
          </button>
        }
      >
        <WhenPicker value={when} onChange={setWhen} />
        <div className="sticky bottom-0 flex justify-end border-t bg-raised p-2">
          <Button look="primary" className="w-full" onClick={() => openChange(false)}>
            Set
          </Button>
        </div>
      </Popover>
    </Line>
  )
}

/** "Mon 30 November 2026": the date behind words such as "Tomorrow", without what they already say. */
function shortExact(exact: string, words: string): string {
  const date = exact.split(',')[0] ?? exact
  const [weekday = '', day, month = '', year] = date.split(' ')
  const short = `${weekday.slice(0, 3)} ${day} ${month.slice(0, 3)} ${year}`
  const time = /(\d\d:\d\d)/.exec(exact)?.[1]
  return time && !words.includes(time) ? `${short}, ${time}` : short
}

function RepeatLine({ task, edit, error }: { task: Task; edit: Edit; error?: string }) {
  const [open, setOpen] = useState(false)
  const when = whenOf(task)
  const wall = dueWallOf(when)
  const modes = { from_due: null, from_completion: 'from completion', skip_missed: 'skips missed' }
  const mode = modes[task.recurrence_mode]
  return (
    <Line icon={<Repeat />} label="Repeat" error={error}>
      {wall && task.due_date ? (
        <>
          <button type="button" className={valueButton} onClick={() => setOpen(true)}>
            {task.recurrence ? (
              <>
                <span className="first-letter:uppercase">{task.recurrence_text ?? 'Repeats'}</span>
                {mode && <span className="text-13 text-muted">{mode}</span>}
              </>
            ) : (
              <span className="text-muted">Does not repeat</span>
            )}
          </button>
          <RecurrenceDialog
            open={open}
            onOpenChange={setOpen}
            value={{ rule: task.recurrence, mode: task.recurrence_mode }}
            words={task.recurrence_text}
            due={{
              text: dueText(when) ?? task.due_date,
              wall,
              allDay: task.all_day,
              timezone: task.timezone,
            }}
            onSave={({ rule, mode: counting }) =>
              edit({ recurrence: rule, recurrence_mode: counting })
            }
          />
        </>
      ) : (
        <span className="text-muted">Repeating needs a due date</span>
      )}
    </Line>
  )
}

function PriorityChoice({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const current = level(value)
  const chosen = PRIORITIES.find((choice) => level(choice.value) === current)
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={valueButton}>
          <span className={current === 'none' ? 'text-muted' : chosen?.tint}>
            {current === 'none' ? 'No priority' : chosen?.label}
          </span>
        </button>
      }
    >
      {PRIORITIES.map((choice) => (
        <MenuItem
          key={choice.value}
          icon={<Flag className={cn('size-4', choice.tint)} strokeWidth={1.75} />}
          hint={level(choice.value) === current ? '✓' : undefined}
          onSelect={() => onChange(choice.value)}
        >
          {choice.label}
        </MenuItem>
      ))}
    </Menu>
  )
}

function Tags({ value, onChange }: { value: string[]; onChange: (value: string[]) => void }) {
  const [text, setText] = useState('')
  const add = () => {
    const tags = text
      .split(/[\s,]+/)
      .map((tag) => tag.replace(/^#/, '').trim())
      .filter((tag) => tag && !value.includes(tag))
    if (tags.length) onChange([...value, ...tags])
    setText('')
  }
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {value.map((tag) => (
        <span
          key={tag}
          className="inline-flex h-7 items-center rounded-full bg-hover pl-3 text-13 font-medium text-soft max-sm:h-11"
        >
          <span dir="auto">#{tag}</span>
          <button
            type="button"
            aria-label={`Remove tag ${tag}`}
            onClick={() => onChange(value.filter((other) => other !== tag))}
            className="flex h-full w-7 items-center justify-center rounded-full text-muted hover:text-ink max-sm:w-11"
          >
            <X aria-hidden className="size-3.5" strokeWidth={1.75} />
          </button>
        </span>
      ))}
      <input
        aria-label="Add a tag"
        placeholder={value.length ? 'Add' : 'Add a tag'}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === ',') {
            event.preventDefault()
            add()
          }
          if (event.key === 'Backspace' && !text && value.length) onChange(value.slice(0, -1))
        }}
        className="h-7 w-24 min-w-0 flex-1 rounded bg-transparent outline-none max-sm:h-11 max-sm:text-16"
      />
    </div>
  )
}

function Upcoming({ task }: { task: Task }) {
  const [count, setCount] = useState(FEW_DATES)
  const { data } = useQuery({
    queryKey: [...keys.about(task.id, 'next-dates'), count],
    queryFn: () => api.nextDates(task.id, count),
    enabled: task.id > 0, // not yet saved, it has none
    placeholderData: keepPreviousData,
  })
  if (!data) return task.id > 0 && <div className="h-[160px]" />
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

/**
 * Text that saves itself shortly after the last key, and when it loses the focus. What is not saved yet lives as a
 * draft, so that neither a reload nor a lost network costs a word; a change from elsewhere never overwrites it.
 */
function AutoText({
  value,
  draftKey,
  label,
  placeholder,
  multiline,
  required,
  focusOnOpen,
  error,
  onSave,
  className,
}: {
  value: string
  draftKey: string
  label: string
  placeholder?: string
  multiline?: boolean
  required?: boolean
  focusOnOpen?: boolean
  error?: string
  /** `onRefused` puts the words back: what was typed is never taken away. */
  onSave: (text: string, onRefused: () => void) => void
  className?: string
}) {
  const [typed, setTyped] = useState<string | null>(() => readDraft(draftKey) || null)
  const area = useRef<HTMLTextAreaElement>(null)
  const latest = useRef({ typed, value, onSave })
  /** The same words are not sent again by themselves. */
  const refused = useRef<string | null>(null)
  const wanted = focusWanted.use()
  const text = typed ?? value

  const save = () => {
    const { typed: words, value: saved, onSave: send } = latest.current
    if (words === null || words === refused.current) return
    const clean = required ? words.replace(/\s+/g, ' ').trim() : words.trimEnd()
    setTyped(null)
    writeDraft(draftKey, '')
    if ((required && !clean) || clean === saved) return
    send(clean, () => {
      refused.current = words
      setTyped((later) => later ?? words)
      writeDraft(draftKey, words)
    })
  }
  const saving = useRef(save)

  useEffect(() => {
    latest.current = { typed, value, onSave }
    saving.current = save
  })

  useEffect(() => {
    if (typed === null) return
    const timer = setTimeout(() => {
      // An emptied title waits for the next letter instead of being put back under the cursor.
      if (!(required && !typed.trim())) saving.current()
    }, 900)
    return () => clearTimeout(timer)
  }, [typed, required])

  // The panel may close while something is still typed.
  useEffect(() => () => saving.current(), [])

  useEffect(() => {
    if (!focusOnOpen || wanted !== 'title') return
    focusWanted.set(null)
    area.current?.focus()
    area.current?.select()
  }, [focusOnOpen, wanted])

  const note = useId()
  return (
    <div className="min-w-0 flex-1">
      <textarea
        ref={area}
        aria-label={label}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? note : undefined}
        dir="auto"
        rows={1}
        value={text}
        placeholder={placeholder}
        maxLength={required ? 10_000 : 100_000}
        onChange={(event) => {
          setTyped(event.target.value)
          writeDraft(draftKey, event.target.value)
        }}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === 'Escape' || (event.key === 'Enter' && !multiline)) {
            event.preventDefault()
            event.stopPropagation()
            event.currentTarget.blur()
          }
        }}
        className={cn(
          '-mx-1.5 field-sizing-content w-full resize-none rounded-md bg-transparent px-1.5 outline-none focus-visible:bg-hover/60',
          className,
        )}
      />
      {error && (
        <p id={note} role="alert" className="pt-1 text-13 text-red">
          {error}
        </p>
      )}
    </div>
  )
}
