/** The chunks that the first paint does not need. The browser loads them when it is idle, or when they are opened. */
'use client'

import dynamic from 'next/dynamic'
import { lazy, useEffect, useState } from 'react'
import { assistantOpen } from '@/features/assistant/state/open'
import { moveTarget, quickAddOpen } from '@/features/tasks/state/open-dialogs'
import { useSelection } from '@/features/tasks/state/selection'
import { helpOpen } from './help-open'

const FILES = {
  projects: () => import('@/features/projects/project-nav'),
  connection: () => import('./connection-bar'),
  outbox: () => import('@/features/tasks/state/outbox/current'),
  live: () => import('@/features/live/live-updates'),
  assistant: () => import('@/features/assistant/view/assistant-panel'),
  panel: () => import('@/features/tasks/panel/task-panel'),
  add: () => import('@/features/tasks/quick-add/quick-add-dialog'),
  move: () => import('@/features/tasks/controls/move-dialog'),
  bell: () => import('@/features/notifications/bell-popover'),
  account: () => import('./account-menu'),
  help: () => import('./help'),
} as const

const PAUSE = 10_000

/** Loads a part that nobody has asked for. While that fails, the rest of the page goes on without it. */
async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await load()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
}

const Panel = dynamic(() => FILES.panel().then((file) => file.TaskPanel), { ssr: false })
/** It shows nothing until a connection or a change fails. It also sends what an earlier window has left. */
export const ConnectionBar = dynamic(
  () => patiently(FILES.connection).then((file) => file.ConnectionBar),
  {
    ssr: false,
  },
)
/** A change that arrives before it has loaded is not lost: the first message fetches the lists again. */
export const LiveUpdates = dynamic(() => patiently(FILES.live).then((file) => file.LiveUpdates), {
  ssr: false,
})
export const ProjectNav = dynamic(() => patiently(FILES.projects).then((file) => file.ProjectNav))
const Assistant = dynamic(() => FILES.assistant().then((file) => file.AssistantPanel), {
  ssr: false,
})
const QuickAddDialog = dynamic(() => FILES.add().then((file) => file.QuickAddDialog), {
  ssr: false,
})
const MoveDialog = dynamic(() => FILES.move().then((file) => file.MoveDialog), { ssr: false })
const HelpDialog = dynamic(() => FILES.help().then((file) => file.HelpDialog), { ssr: false })

// Loaded in a transition: the button stays until what it opens has arrived.
export const AccountMenu = lazy(() =>
  FILES.account().then((file) => ({ default: file.AccountMenu })),
)

/** True from the first time on. A closing layer stays mounted for its animation. */
function useOpenedOnce(open: boolean): boolean {
  const [before, setBefore] = useState(open)
  if (open && !before) setBefore(true)
  return open || before
}

export function TaskPanel() {
  const opened = useOpenedOnce(useSelection().id !== null)
  return opened && <Panel />
}

export function AssistantPanel() {
  const opened = useOpenedOnce(assistantOpen.use())
  return opened && <Assistant />
}

export function Layers() {
  const adding = useOpenedOnce(quickAddOpen.use())
  const moving = useOpenedOnce(moveTarget.use() !== null)
  const helping = useOpenedOnce(helpOpen.use())

  useEffect(() => {
    const fetchAll = () => Object.values(FILES).forEach((load) => void load())
    // Safari has no requestIdleCallback.
    if (!('requestIdleCallback' in window)) {
      const timer = setTimeout(fetchAll, 1500)
      return () => clearTimeout(timer)
    }
    const idle = requestIdleCallback(fetchAll, { timeout: 4000 })
    return () => cancelIdleCallback(idle)
  }, [])

  return (
    <>
      {adding && <QuickAddDialog />}
      {moving && <MoveDialog />}
      {helping && <HelpDialog />}
    </>
  )
}
