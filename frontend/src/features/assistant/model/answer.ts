/** Builds the messages of a conversation from the events of an answer. */
import { newKey } from '@/lib/new-key'
import type { AnswerEvent, Message, Part, Proposal } from './types'

export function question(text: string): Message {
  return { id: '', role: 'user', text, parts: [], status: 'complete', key: newKey() }
}

export function emptyAnswer(): Message {
  return { id: '', role: 'assistant', text: '', parts: [], status: 'streaming' }
}

/** The question, if the server has stored it: only then does its answer get an id. It stays known when a retry fails. */
export function knownQuestion(asked: Message, answer: Message | undefined): Message | null {
  const id = asked.id || answer?.id
  return id ? { ...asked, id } : null
}

/** The answer after this event. */
export function withEvent(answer: Message, { event, data }: AnswerEvent): Message {
  switch (event) {
    case 'message':
      return { ...answer, id: data.id }
    case 'text':
      return { ...answer, parts: withText(answer.parts, data.delta) }
    case 'tool_call':
      return add(answer, { type: 'tool', ...data, ok: null, summary: null })
    case 'tool_result':
      return {
        ...answer,
        parts: answer.parts.map((part) =>
          part.type === 'tool' && part.id === data.id
            ? { ...part, ok: data.ok, summary: data.summary }
            : part,
        ),
      }
    case 'proposal':
      return add(answer, { type: 'proposal', proposal: data })
    case 'note':
      return add(answer, { type: 'note', text: data.text })
    case 'error':
      return { ...answer, status: 'failed', problem: data.detail ?? data.title }
    case 'done': {
      const waits = data.waits ?? false
      return answer.status === 'streaming' ? { ...answer, status: 'complete', waits } : answer
    }
    case 'conversation':
      return answer
  }
}

function add(answer: Message, part: Part): Message {
  return { ...answer, parts: [...answer.parts, part] }
}

function withText(parts: Part[], delta: string): Part[] {
  const last = parts.at(-1)
  return last?.type === 'text'
    ? [...parts.slice(0, -1), { type: 'text', text: last.text + delta }]
    : [...parts, { type: 'text', text: delta }]
}

/** The messages, in which this proposal has its new state. */
export function withProposal(messages: Message[], changed: Proposal): Message[] {
  return messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) =>
      part.type === 'proposal' && part.proposal.id === changed.id
        ? { type: 'proposal', proposal: changed }
        : part,
    ),
  }))
}

/** Whether the last answer waits for nothing any more, and its model may go on. */
export function mayGoOn(messages: Message[]): boolean {
  const last = messages.at(-1)
  return (
    last?.waits === true &&
    last.parts.every((part) => part.type !== 'proposal' || part.proposal.status !== 'open')
  )
}
