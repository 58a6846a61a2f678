/** The assistant as a page: the conversation, and all earlier ones. */
'use client'

import { SquarePen } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { PageHead } from '@/components/ui/page-head'
import { useConversationActions } from '../state/conversation'
import { ConversationMenu } from './conversation-menu'
import { ConversationView } from './conversation-view'

export function AssistantPage() {
  const { startNew } = useConversationActions()
  const [listing, setListing] = useState(false)
  return (
    <div className="-mb-32 flex h-dvh flex-col max-sm:h-[calc(100dvh-56px-env(safe-area-inset-bottom))]">
      <PageHead
        title="Assistant"
        actions={
          <Button onClick={startNew}>
            <SquarePen aria-hidden className="size-4" strokeWidth={1.75} />
            New
          </Button>
        }
      >
        Ask about your tasks, or say what to change
      </PageHead>
      <details
        className="-mx-3 pb-2"
        open={listing}
        onToggle={(event) => setListing(event.currentTarget.open)}
      >
        <summary className="cursor-pointer rounded-control px-3 py-1 text-13 text-muted max-sm:py-3.5">
          Earlier conversations
        </summary>
        <div className="max-h-60 overflow-y-auto pt-1">
          <ConversationMenu onOpened={() => setListing(false)} />
        </div>
      </details>
      <div className="-mx-4 flex min-h-0 flex-1 flex-col">
        <ConversationView />
      </div>
    </div>
  )
}
