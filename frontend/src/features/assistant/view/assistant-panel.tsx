/** The assistant beside the list on a desktop, as a sheet on smaller screens. */
'use client'

import { History, Maximize2, SquarePen, X } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { Dialog as RadixDialog } from 'radix-ui'
import { useEffect, useState } from 'react'
import { IconButton } from '@/components/ui/button'
import { Popover } from '@/components/ui/layers'
import { useSelection } from '@/features/tasks/state/selection'
import { cn } from '@/lib/cn'
import { useMediaQuery } from '@/lib/hooks'
import { useConversationActions } from '../state/conversation'
import { assistantOpen, closeAssistant, fieldWanted, returnFocus } from '../state/open'
import { ConversationMenu } from './conversation-menu'
import { ConversationView } from './conversation-view'

export function AssistantPanel() {
  const wide = useMediaQuery('(min-width: 1024px)')
  const onItsPage = usePathname() === '/assistant'
  // The open task takes the place of the assistant until it is closed.
  const taskOpen = useSelection().id !== null
  const open = assistantOpen.use() && !onItsPage
  const wanted = fieldWanted.use()

  useEffect(() => {
    if (!wanted || !open || taskOpen) return
    document.querySelector<HTMLElement>('[data-assistant]')?.focus()
    fieldWanted.set(false)
  }, [wanted, open, taskOpen])

  if (wide)
    return open ? (
      <aside
        aria-label="Assistant"
        onKeyDown={(event) => event.key === 'Escape' && !event.defaultPrevented && closeAssistant()}
        className={cn(
          'sticky top-0 z-10 flex h-dvh w-[400px] shrink-0 animate-panel flex-col border-l bg-surface max-xl:w-[360px]',
          taskOpen && 'hidden',
        )}
      >
        <Content />
      </aside>
    ) : null
  return (
    <RadixDialog.Root
      open={open && !taskOpen}
      onOpenChange={(next) => !next && assistantOpen.set(false)}
    >
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 animate-fade bg-veil" />
        <RadixDialog.Content
          aria-describedby=""
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            returnFocus()
          }}
          className="fixed inset-x-0 bottom-0 z-40 flex h-[93dvh] animate-sheet flex-col rounded-t-sheet bg-surface pb-[env(safe-area-inset-bottom)] shadow-float outline-none sm:inset-x-auto sm:top-0 sm:right-0 sm:h-auto sm:w-[420px] sm:rounded-none"
        >
          <RadixDialog.Title className="sr-only">Assistant</RadixDialog.Title>
          <Content />
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

function Content() {
  const { startNew } = useConversationActions()
  const [listing, setListing] = useState(false)
  return (
    <>
      <div className="flex items-center gap-0.5 border-b border-line py-2 pr-2 pl-4">
        <h2 className="flex-1 text-15 font-semibold">Assistant</h2>
        <Popover
          open={listing}
          onOpenChange={setListing}
          align="end"
          aria-label="Conversations"
          className="w-80 p-1.5"
          trigger={
            <IconButton label="Conversations">
              <History aria-hidden className="size-4" strokeWidth={1.5} />
            </IconButton>
          }
        >
          <ConversationMenu onOpened={() => setListing(false)} />
        </Popover>
        <IconButton label="New conversation" onClick={startNew}>
          <SquarePen aria-hidden className="size-4" strokeWidth={1.5} />
        </IconButton>
        <Link
          href="/assistant"
          aria-label="Open as a page"
          title="Open as a page"
          onClick={() => assistantOpen.set(false)}
          className="flex size-8 items-center justify-center rounded-control text-muted hover:bg-hover hover:text-ink max-sm:size-11"
        >
          <Maximize2 aria-hidden className="size-4" strokeWidth={1.5} />
        </Link>
        <IconButton label="Close" shortcut="Esc" onClick={closeAssistant}>
          <X aria-hidden className="size-4" strokeWidth={1.5} />
        </IconButton>
      </div>
      <ConversationView />
    </>
  )
}
