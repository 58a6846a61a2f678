/** A conversation with the assistant: messages, suggestions, and the field below. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { Sparkles } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { useEffect, useLayoutEffect, useRef } from 'react'
import { assistant } from '@/api/assistant'
import { Chip, Empty, ListSkeleton } from '@/components/ui/primitives'
import { useSelection } from '@/features/tasks/state/selection'
import { useDraft } from '@/lib/hooks'
import { useMe } from '@/session/me'
import { keys } from '@/session/query-keys'
import { suggestions } from '../model/suggestions'
import type { Message, Status } from '../model/types'
import { isAnswering, useConversation, useConversationActions } from '../state/conversation'
import { Composer } from './composer'
import { MessageList } from './message-list'

/** Pixels. */
const NEAR_THE_END = 48

export function ConversationView() {
  const conversation = useConversation()
  const { send, retry, stop, resume } = useConversationActions()
  const path = usePathname()
  const task = useSelection().id
  const person = useMe().id
  const [text, setText] = useDraft(`${person}:assistant`)
  const status = useQuery({ queryKey: keys.assistant, queryFn: () => assistant.status() })
  const answering = isAnswering(conversation)

  const field = useRef<HTMLTextAreaElement>(null)
  const { scroller, onScroll, toEnd } = useFollowedEnd(conversation.messages)

  useEffect(() => resume(person), [resume, person])

  // The button that was pressed goes away. Without this the focus would be lost.
  const focusField = () => field.current?.focus()
  const ask = (what: string) => {
    setText('')
    focusField()
    toEnd()
    void send(what, path, task)
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <h2 className="sr-only">Conversation</h2>
      <div
        ref={scroller}
        role="log"
        aria-label="Conversation"
        // Screen readers wait for the whole answer.
        aria-busy={answering}
        tabIndex={0}
        onScroll={onScroll}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-4"
      >
        {conversation.loading && <ListSkeleton rows={3} />}
        {conversation.problem && (
          <p role="alert" className="rounded-control bg-red-soft px-3 py-2.5 text-red">
            {conversation.problem}
          </p>
        )}
        {!conversation.loading && !conversation.messages.length && (
          <Start path={path} local={status.data?.model === 'local'} onAsk={ask} />
        )}
        <MessageList
          messages={conversation.messages}
          onRetry={() => {
            focusField()
            toEnd()
            retry()
          }}
          onEdit={(request) => {
            setText(request)
            focusField()
          }}
        />
      </div>
      <div className="px-4 pb-3">
        <Composer
          field={field}
          text={text}
          onChange={setText}
          answering={answering}
          onSend={() => ask(text.trim())}
          onStop={() => {
            focusField()
            stop()
          }}
        />
        <p className="px-1 pt-1.5 text-13 text-muted">{status.data && modelWords(status.data)}</p>
      </div>
    </div>
  )
}

/** Keeps the newest message in view, unless the person has scrolled up to read. Only the container scrolls. */
function useFollowedEnd(messages: Message[]) {
  const scroller = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  useLayoutEffect(() => {
    const area = scroller.current
    if (area && following.current) area.scrollTop = area.scrollHeight
  }, [messages])
  return {
    scroller,
    onScroll: () => {
      const area = scroller.current
      if (area)
        following.current = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_THE_END
    },
    toEnd: () => {
      following.current = true
    },
  }
}

function Start({
  path,
  local,
  onAsk,
}: {
  path: string
  local: boolean
  onAsk: (text: string) => void
}) {
  return (
    <Empty
      icon={<Sparkles aria-hidden className="size-5" strokeWidth={1.75} />}
      title="What shall I do?"
    >
      <p className="pb-4">
        Say it in your own words. Before anything is deleted, or several tasks change, you see a
        list and approve it.
        {local && ' It works without a key, and your words stay on this server.'}
      </p>
      <div className="flex flex-wrap justify-center gap-2">
        {suggestions(path).map((suggestion) => (
          <Chip key={suggestion} onClick={() => onAsk(suggestion)} className="h-auto min-h-8 py-1">
            {suggestion}
          </Chip>
        ))}
      </div>
    </Empty>
  )
}

function modelWords({ model, budget }: Status): string {
  const name = model === 'local' ? 'The built-in assistant answers' : `${model} answers`
  if (!budget) return `${name}.`
  const left = Math.max(0, budget.limit - budget.used)
  return `${name}. ${left.toLocaleString('en')} of ${budget.limit.toLocaleString('en')} tokens left today.`
}
