/** A conversation with the assistant: messages, suggestions, and the field below. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { Sparkles } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { useEffect } from 'react'
import { api } from '@/api/browser'
import { Chip, Empty, ListSkeleton } from '@/components/ui/primitives'
import { useSelection } from '@/features/tasks/state/selection'
import { useDraft } from '@/lib/hooks'
import { useMe } from '@/session/me'
import { keys } from '@/session/query-keys'
import { suggestions } from '../model/suggestions'
import type { Status } from '../model/types'
import { isAnswering, useConversation, useConversationActions } from '../state/conversation'
import { Composer } from './composer'
import { MessageList } from './message-list'

export function ConversationView() {
  const conversation = useConversation()
  const { send, retry, stop, resume } = useConversationActions()
  const path = usePathname()
  const task = useSelection().id
  // A draft belongs to its person: another account in this browser does not see it.
  const [text, setText] = useDraft(`assistant:${useMe().id}`)
  const status = useQuery({ queryKey: keys.assistant, queryFn: () => api.assistantStatus() })
  const answering = isAnswering(conversation)

  useEffect(resume, [resume])

  const ask = (what: string) => {
    setText('')
    void send(what, path, task)
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-4">
        {conversation.loading && <ListSkeleton rows={3} />}
        {conversation.problem && (
          <p role="alert" className="rounded-control bg-red-soft px-3 py-2.5 text-red">
            {conversation.problem}
          </p>
        )}
        {!conversation.loading && !conversation.messages.length && (
          <Start path={path} local={status.data?.model === 'local'} onAsk={ask} />
        )}
        <MessageList messages={conversation.messages} onRetry={retry} onEdit={setText} />
      </div>
      <div className="px-4 pb-3">
        <Composer
          text={text}
          onChange={setText}
          answering={answering}
          onSend={() => ask(text.trim())}
          onStop={stop}
        />
        <p className="px-1 pt-1.5 text-13 text-muted">{status.data && modelWords(status.data)}</p>
      </div>
    </div>
  )
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
