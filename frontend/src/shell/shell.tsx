/** The frame around every page: navigation, connection bar, panel, add button, keyboard, live updates. */
'use client'

import { Plus } from 'lucide-react'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { quickAddOpen } from '@/features/tasks/state/open-dialogs'
import { allSaved } from '@/features/tasks/state/rows'
import { Providers, type Start } from '@/session/providers'
import { BottomBar } from './bottom-bar'
import { Keyboard } from './keyboard'
import { AssistantPanel, ConnectionBar, Layers, LiveUpdates, TaskPanel } from './lazy'
import { SideBar } from './side-bar'

export function Shell({ start, children }: { start: Start; children: ReactNode }) {
  return (
    <Providers start={start} mayRefetch={allSaved}>
      <Frame>{children}</Frame>
    </Providers>
  )
}

function Frame({ children }: { children: ReactNode }) {
  return (
    <div className="min-h-dvh sm:grid sm:grid-cols-[60px_minmax(0,1fr)] lg:grid-cols-[236px_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-control bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to the list
      </a>
      <SideBar />
      <div className="flex min-w-0">
        <div className="min-w-0 flex-1">
          <ConnectionBar />
          <main
            id="content"
            tabIndex={-1}
            className="mx-auto w-full max-w-180 px-4 pb-32 outline-none sm:px-6 lg:px-8"
          >
            {children}
          </main>
        </div>
        <AssistantPanel />
        <TaskPanel />
      </div>
      <AddButton />
      <BottomBar />
      <Layers />
      <Keyboard />
      <LiveUpdates />
    </div>
  )
}

/** The add button of a phone. The settings and the assistant have no list, and it would cover their text. */
function AddButton() {
  if (['/settings', '/assistant'].includes(usePathname())) return null
  return (
    <button
      type="button"
      aria-label="Add task"
      onClick={() => quickAddOpen.set(true)}
      className="fixed right-4 bottom-[calc(72px+env(safe-area-inset-bottom))] z-20 flex size-14 items-center justify-center rounded-full bg-accent text-on-accent shadow-float transition-transform duration-150 active:scale-95 sm:hidden"
    >
      <Plus aria-hidden className="size-6" strokeWidth={2} />
    </button>
  )
}
