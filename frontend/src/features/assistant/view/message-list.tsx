/** The messages of a conversation. */
'use client'

import { Info, RotateCcw } from 'lucide-react'
import { TextButton } from '@/components/ui/button'
import type { Message, Part } from '../model/types'
import { useConversationActions } from '../state/conversation'
import { Markdown } from './markdown'
import { ProposalCard } from './proposal-card'
import { ToolCall } from './tool-part'

interface Props {
  messages: Message[]
  onRetry: () => void
  onEdit: (text: string) => void
}

export function MessageList({ messages, onRetry, onEdit }: Props) {
  return (
    <div className="flex flex-col gap-5">
      {messages.map((message, at) =>
        message.role === 'user' ? (
          <p
            key={at}
            dir="auto"
            className="max-w-[85%] self-end rounded-sheet bg-press px-3.5 py-2 break-words whitespace-pre-wrap"
          >
            <span className="sr-only">You: </span>
            {message.text}
          </p>
        ) : (
          <Answer
            key={at}
            message={message}
            onRetry={at === messages.length - 1 ? onRetry : undefined}
            onEdit={() => onEdit(messages[at - 1]?.text ?? '')}
          />
        ),
      )}
    </div>
  )
}

function Answer({
  message,
  onRetry,
  onEdit,
}: {
  message: Message
  onRetry: (() => void) | undefined
  onEdit: () => void
}) {
  const streaming = message.status === 'streaming'
  return (
    <div className="flex flex-col gap-2">
      <span className="sr-only">Assistant: </span>
      {message.parts.map((part, at) => (
        <PartView key={at} part={part} streaming={streaming} onEdit={onEdit} />
      ))}
      {streaming && message.parts.at(-1)?.type !== 'text' && (
        <p className="animate-late text-muted">Working…</p>
      )}
      {ENDED[message.status] && (
        <p role="status" className="flex flex-wrap items-center gap-x-2 text-13 text-muted">
          {message.problem ?? ENDED[message.status]}
          {onRetry && (
            <TextButton tone="accent" onClick={onRetry}>
              <RotateCcw aria-hidden className="size-3.5" strokeWidth={1.75} />
              Try again
            </TextButton>
          )}
        </p>
      )}
    </div>
  )
}

/** How an answer ended, if it is not complete. */
const ENDED: Partial<Record<Message['status'], string>> = {
  stopped: 'Stopped. What was done before stays done.',
  interrupted: 'The answer was interrupted. What was done before stays done.',
  failed: 'The answer failed.',
}

function PartView({
  part,
  streaming,
  onEdit,
}: {
  part: Part
  streaming: boolean
  onEdit: () => void
}) {
  const { changed } = useConversationActions()
  switch (part.type) {
    case 'text':
      return <Markdown text={part.text} />
    case 'tool':
      return <ToolCall part={part} waiting={streaming} />
    case 'proposal':
      return (
        <ProposalCard
          key={part.proposal.id}
          proposal={part.proposal}
          onChanged={changed}
          onEdit={onEdit}
        />
      )
    case 'note':
      return (
        <p className="flex gap-2 rounded-control bg-amber-soft px-3 py-2 text-13 text-amber">
          <Info aria-hidden className="mt-px size-4 shrink-0" strokeWidth={1.75} />
          {part.text}
        </p>
      )
  }
}
