'use client'

import dynamic from 'next/dynamic'
import { lazy, useEffect, useState } from 'react'
import { moveTarget, quickAddOpen } from '@/features/tasks/state/open-dialogs'
import { useSelection } from '@/features/tasks/state/selection'
import { helpOpen } from './help-open'

/** What a first paint never shows. The browser fetches it when it has nothing else to do, or when it is asked for. */
const FILES = {
  panel: () => import('@/features/tasks/panel/task-panel'),
  add: () => import('@/features/tasks/quick-add/quick-add-dialog'),
  move: () => import('@/features/tasks/controls/move-dialog'),
  bell: () => import('@/features/notifications/bell-popover'),
  account: () => import('./account-menu'),
  help: () => import('./help'),
} as const

const Panel = dynamic(() => FILES.panel().then((file) => file.TaskPanel), { ssr: false })
const QuickAddDialog = dynamic(() => FILES.add().then((file) => file.QuickAddDialog), {
  ssr: false,
})
const MoveDialog = dynamic(() => FILES.move().then((file) => file.MoveDialog), { ssr: false })
const HelpDialog = dynamic(() => FILES.help().then((file) => file.HelpDialog), { ssr: false })

// Loaded in a transition: the button stays until what it opens has arrived.
export const AccountMenu = lazy(() =>
  FILES.account().then((file) => ({ default: file.AccountMenu })),
)

/** Wanted once is kept: a layer that closes is still seen while it goes. */
function useWanted(now: boolean): boolean {
  const [before, setBefore] = useState(now)
  if (now && !before) setBefore(true)
  return now || before
}

export function TaskPanel() {
  const wanted = useWanted(useSelection().id !== null)
  return wanted && <Panel />
}

export function Layers() {
  const adding = useWanted(quickAddOpen.use())
  const placing = useWanted(moveTarget.use() !== null)
  const helping = useWanted(helpOpen.use())

  useEffect(() => {
    const fetchAll = () => Object.values(FILES).forEach((load) => void load())
    // Safari does not tell when it is idle.
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
      {placing && <MoveDialog />}
      {helping && <HelpDialog />}
    </>
  )
}
