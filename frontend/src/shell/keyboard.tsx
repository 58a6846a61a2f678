'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { useTaskActions } from '@/features/tasks/state/actions'
import { knownTask } from '@/features/tasks/state/cache'
import { moveTarget, quickAddOpen } from '@/features/tasks/state/open-dialogs'
import { useSelection } from '@/features/tasks/state/selection'
import { helpOpen } from './help-open'

const GO: Record<string, string> = {
  t: '/',
  u: '/upcoming',
  a: '/all',
  c: '/completed',
  s: '/settings',
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-task]')]
}

function focusedRow(): HTMLElement | null {
  return (document.activeElement?.closest('[data-task]') as HTMLElement | null) ?? null
}

function focusRow(row: HTMLElement | undefined): void {
  const title = row?.querySelector<HTMLElement>('[data-title]')
  title?.focus()
  title?.scrollIntoView({ block: 'nearest' })
}

/** One place for every key: rows are found by where the focus is, so mouse and keyboard never disagree. */
export function Keyboard() {
  const client = useQueryClient()
  const router = useRouter()
  const actions = useTaskActions()
  const selection = useSelection()
  const latest = useRef({ actions, selection })
  const going = useRef(0)

  useEffect(() => {
    latest.current = { actions, selection }
  })

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { actions, selection } = latest.current
      const command = event.ctrlKey || event.metaKey
      if (command && !event.shiftKey && event.key.toLowerCase() === 'z' && !typing(event.target)) {
        event.preventDefault()
        actions.undo()
        return
      }
      if (command || event.altKey || event.defaultPrevented || typing(event.target)) return
      // An open dialog or menu has the keyboard to itself.
      if (document.querySelector('[role="dialog"],[role="menu"]')) return

      if (Date.now() - going.current < 1000 && GO[event.key]) {
        going.current = 0
        router.push(GO[event.key]!)
        return
      }
      const row = focusedRow()
      const id = row ? Number(row.dataset.task) : selection.id
      const task = id ? knownTask(client, id) : undefined
      const handled = (() => {
        switch (event.key) {
          case 'g':
            going.current = Date.now()
            return true
          case 'q': {
            const inline = document.querySelector<HTMLElement>('[data-quick-add]')
            if (inline?.offsetParent) inline.focus()
            else quickAddOpen.set(true)
            return true
          }
          case '/': {
            const field = document.querySelector<HTMLInputElement>('input[type="search"]')
            if (field) field.select()
            else router.push('/search')
            return true
          }
          case '?':
            helpOpen.set(true)
            return true
          case 'j':
          case 'k':
          case 'ArrowDown':
          case 'ArrowUp': {
            if (event.key.startsWith('Arrow') && !row) return false
            const all = rows()
            const step = event.key === 'j' || event.key === 'ArrowDown' ? 1 : -1
            const at = row ? all.indexOf(row) + step : step > 0 ? 0 : all.length - 1
            focusRow(all[Math.max(0, Math.min(all.length - 1, at))])
            return true
          }
          case 'x':
            if (!task) return false
            if (row) {
              const all = rows()
              const at = all.indexOf(row)
              focusRow(all[at + 1] ?? all[at - 1])
            }
            actions.toggle(task)
            return true
          case 'e':
            if (!task) return false
            selection.open(task.id, 'title')
            return true
          case 'd':
            if (!task) return false
            moveTarget.set({ task, mode: 'date' })
            return true
          case 's':
            if (!task) return false
            moveTarget.set({ task, mode: 'snooze' })
            return true
          case 'Delete':
            if (!task) return false
            if (row) {
              const all = rows()
              const at = all.indexOf(row)
              focusRow(all[at + 1] ?? all[at - 1])
            }
            actions.remove(task)
            return true
          case 'Escape':
            if (!selection.id) return false
            selection.close()
            return true
          default:
            return false
        }
      })()
      if (handled) event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [client, router])

  return null
}
