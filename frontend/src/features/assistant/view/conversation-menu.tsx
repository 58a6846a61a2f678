/** The conversations of this person: open, rename, delete. */
'use client'

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Pencil, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { assistant } from '@/api/assistant'
import { sentence } from '@/api/problem'
import { IconButton, TextButton } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { ListSkeleton } from '@/components/ui/primitives'
import { toast } from '@/components/ui/toast'
import { cn } from '@/lib/cn'
import { agoWords } from '@/lib/words'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import type { Conversation } from '../model/types'
import { useConversation, useConversationActions } from '../state/conversation'

export function ConversationMenu({ onOpened }: { onOpened?: () => void }) {
  const current = useConversation().id
  const { show } = useConversationActions()
  const query = useInfiniteQuery({
    queryKey: keys.conversations,
    queryFn: ({ pageParam }) => assistant.conversations(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  if (query.error) return <p className="px-3 py-2 text-13 text-red">{sentence(query.error)}</p>
  if (!query.data) return <ListSkeleton rows={4} />
  const items = query.data.pages.flatMap((page) => page.items)
  if (!items.length)
    return <p className="px-3 py-2 text-13 text-muted">Your conversations will be listed here.</p>
  return (
    <>
      <ul className="flex flex-col gap-0.5">
        {items.map((item) => (
          <Entry
            key={item.id}
            item={item}
            current={item.id === current}
            onOpen={() => {
              void show(item.id)
              onOpened?.()
            }}
          />
        ))}
      </ul>
      {query.hasNextPage && (
        <TextButton onClick={() => void query.fetchNextPage()}>Show more</TextButton>
      )}
    </>
  )
}

function Entry({
  item,
  current,
  onOpen,
}: {
  item: Conversation
  current: boolean
  onOpen: () => void
}) {
  const { now, zone } = useClock()
  const [renaming, setRenaming] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const { startNew } = useConversationActions()
  const client = useQueryClient()

  const title = useRef<HTMLButtonElement>(null)
  /** What was focused is replaced. Without this the focus would be lost. */
  const focusTitle = () => setTimeout(() => title.current?.focus())

  const rename = (name: string) => {
    setRenaming(false)
    if (name && name !== item.title) void run(assistant.renameConversation(item.id, name))
  }

  const run = async (change: Promise<unknown>) => {
    try {
      await change
    } catch (error) {
      toast.error(sentence(error))
    }
    await client.invalidateQueries({ queryKey: keys.conversations })
  }

  if (renaming)
    return (
      <li className="px-1">
        <Input
          autoFocus
          aria-label="Name of the conversation"
          defaultValue={item.title}
          maxLength={200}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return
            if (event.key === 'Escape') event.currentTarget.value = item.title
            if (event.key !== 'Enter' && event.key !== 'Escape') return
            rename(event.currentTarget.value.trim())
            focusTitle()
          }}
          onBlur={(event) => rename(event.currentTarget.value.trim())}
        />
      </li>
    )
  if (deleting)
    return (
      <li className="flex items-center gap-1 rounded-control bg-red-soft py-1 pr-1 pl-3 text-13">
        <span className="min-w-0 flex-1">Delete this conversation?</span>
        <TextButton
          autoFocus
          className="text-red"
          onClick={() => {
            if (current) startNew()
            void run(assistant.deleteConversation(item.id))
          }}
        >
          Delete
        </TextButton>
        <TextButton
          onClick={() => {
            setDeleting(false)
            focusTitle()
          }}
        >
          Keep
        </TextButton>
      </li>
    )
  return (
    <li
      className={cn(
        'group flex items-center rounded-control hover:bg-hover focus-within:bg-hover',
        current && 'bg-press',
      )}
    >
      <button
        ref={title}
        type="button"
        onClick={onOpen}
        aria-current={current || undefined}
        className="min-w-0 flex-1 px-3 py-1.5 text-left max-sm:min-h-11"
      >
        <span className="block truncate text-14" dir="auto">
          {item.title}
        </span>
        <span className={cn('block text-13', current ? 'text-soft' : 'text-muted')}>
          {agoWords(new Date(item.updated_at), now, zone)}
        </span>
      </button>
      <IconButton label={`Rename: ${item.title}`} onClick={() => setRenaming(true)}>
        <Pencil aria-hidden className="size-3.5" strokeWidth={1.75} />
      </IconButton>
      <IconButton label={`Delete: ${item.title}`} onClick={() => setDeleting(true)}>
        <Trash2 aria-hidden className="size-3.5" strokeWidth={1.75} />
      </IconButton>
    </li>
  )
}
