/** All keyboard shortcuts. The current row is the one with the focus, so mouse and keyboard act on the same row. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import type { Task } from '@/api/types'
import {
  assistantOpen,
  closeAssistant,
  fieldWanted,
  openAssistant,
} from '@/features/assistant/state/open'
import { useTaskActions, type TaskActions } from '@/features/tasks/state/actions'
import { knownTask } from '@/features/tasks/state/cache'
import { moveTarget, quickAddOpen } from '@/features/tasks/state/open-dialogs'
import { useSelection, type Selection } from '@/features/tasks/state/selection'
import { helpOpen } from './help-open'

/** The pages reached with "g" and a second key. */
const PAGES: Record<string, string> = {
  i: '/inbox',
  p: '/projects',
  t: '/',
  u: '/upcoming',
  a: '/all',
  c: '/completed',
  s: '/settings',
}
const SECOND_KEY_WITHIN = 1000

interface Context {
  actions: TaskActions
  selection: Selection
  goTo: (path: string) => void
  /** The row that has the focus. */
  row: HTMLElement | null
  /** The task of that row, or the open one. */
  task: Task | undefined
}

/** Whether the key was handled. Otherwise the browser handles it. */
type Command = (context: Context) => boolean

const COMMANDS: Record<string, Command> = {
  q: openQuickAdd,
  c: toggleAssistant,
  '/': openSearch,
  '?': () => {
    helpOpen.set(true)
    return true
  },
  j: ({ row }) => moveFocus(row, 1),
  k: ({ row }) => moveFocus(row, -1),
  // Without a focused row the arrow keys scroll the page.
  ArrowDown: ({ row }) => row !== null && moveFocus(row, 1),
  ArrowUp: ({ row }) => row !== null && moveFocus(row, -1),
  'Alt ArrowDown': (context) => shift(context, 1),
  'Alt ArrowUp': (context) => shift(context, -1),
  x: onTask(({ row, actions }, task) => {
    focusNeighbour(row)
    actions.toggle(task)
  }),
  Delete: onTask(({ row, actions }, task) => {
    focusNeighbour(row)
    actions.remove(task)
  }),
  e: onTask(({ selection }, task) => selection.open(task.id, 'title')),
  d: ask('date'),
  s: ask('snooze'),
  v: ask('project'),
  Escape: ({ selection }) => {
    if (!selection.id) return false
    selection.close()
    return true
  },
}

export function Keyboard() {
  const client = useQueryClient()
  const router = useRouter()
  const actions = useTaskActions()
  const selection = useSelection()
  const latest = useRef({ actions, selection })

  useEffect(() => {
    latest.current = { actions, selection }
  })

  useEffect(() => {
    const goTo = (path: string) => router.push(path)
    /** When "g" was pressed. */
    let prefixedAt = 0

    const handle = (key: string): boolean => {
      const page = PAGES[key]
      if (page && Date.now() - prefixedAt < SECOND_KEY_WITHIN) {
        prefixedAt = 0
        goTo(page)
        return false
      }
      if (key === 'g') {
        prefixedAt = Date.now()
        return true
      }
      const { actions, selection } = latest.current
      const row = focusedRow()
      const id = row ? Number(row.dataset.task) : selection.id
      const task = id ? knownTask(client, id) : undefined
      return COMMANDS[key]?.({ actions, selection, goTo, row, task }) ?? false
    }

    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target)) return
      const modified = event.ctrlKey || event.metaKey
      if (modified && !event.shiftKey && event.key.toLowerCase() === 'z') {
        event.preventDefault()
        latest.current.actions.undo()
        return
      }
      if (modified || event.defaultPrevented) return
      // An open dialog or menu handles its own keys.
      if (document.querySelector('[role="dialog"],[role="menu"]')) return
      const key = event.altKey ? `Alt ${event.key}` : event.key
      if (handle(key)) event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [client, router])

  return null
}

function onTask(command: (context: Context, task: Task) => void): Command {
  return (context) => {
    if (!context.task) return false
    command(context, context.task)
    return true
  }
}

/** Asks where the task goes. A task in the trash goes nowhere. */
function ask(mode: 'date' | 'snooze' | 'project'): Command {
  return ({ task }) => {
    if (!task || task.deleted_at !== null) return false
    moveTarget.set({ task, mode })
    return true
  }
}

function openQuickAdd(): boolean {
  const inline = document.querySelector<HTMLElement>('[data-quick-add]')
  if (inline?.offsetParent) inline.focus()
  else quickAddOpen.set(true)
  return true
}

function openSearch({ goTo }: Context): boolean {
  const field = document.querySelector<HTMLInputElement>('input[type="search"]')
  if (field) field.select()
  else goTo('/search')
  return true
}

function toggleAssistant({ selection }: Context): boolean {
  const field = document.querySelector<HTMLElement>('[data-assistant]')
  if (field && !assistantOpen.get()) field.focus()
  else if (!assistantOpen.get()) openAssistant()
  else if (!selection.id) closeAssistant()
  if (selection.id) {
    // The open task covers the assistant.
    fieldWanted.set(true)
    selection.close()
  }
  return true
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-task]')]
}

function focusedRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-task]') ?? null
}

function focusRow(row: HTMLElement | undefined): void {
  const title = row?.querySelector<HTMLElement>('[data-title]')
  title?.focus()
  title?.scrollIntoView({ block: 'nearest' })
}

function moveFocus(row: HTMLElement | null, step: 1 | -1): boolean {
  const all = rows()
  const start = step > 0 ? 0 : all.length - 1
  const at = row ? all.indexOf(row) + step : start
  focusRow(all[Math.max(0, Math.min(all.length - 1, at))])
  return true
}

/** Moves the task of the focused row one place, and keeps the focus on it. */
function shift({ actions, row, task }: Context, step: 1 | -1): boolean {
  if (!row || !task || !actions.shift(task, step)) return false
  requestAnimationFrame(() => focusRow(rows().find(({ dataset }) => dataset.task === `${task.id}`)))
  return true
}

/** Moves the focus to the next row, or the previous one, before this row leaves the list. */
function focusNeighbour(row: HTMLElement | null): void {
  if (!row) return
  const all = rows()
  const at = all.indexOf(row)
  focusRow(all[at + 1] ?? all[at - 1])
}
