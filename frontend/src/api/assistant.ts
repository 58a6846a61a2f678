/** The API of the assistant. It is apart from the others, because the first paint does not need it. */
'use client'

import { createParser } from 'eventsource-parser'
import { client, identity } from './browser'
import { unwrap } from './client'
import { problemFrom, Unreachable } from './problem'

const conversation = (conversation_id: string) => ({ params: { path: { conversation_id } } })
const proposal = (proposal_id: string) => ({ params: { path: { proposal_id } } })

export const assistant = {
  conversations: (cursor?: string) =>
    unwrap(client.GET('/api/conversations', { params: { query: { cursor } } })),
  conversation: (id: string) =>
    unwrap(client.GET('/api/conversations/{conversation_id}', conversation(id))),
  renameConversation: (id: string, title: string) =>
    unwrap(
      client.PATCH('/api/conversations/{conversation_id}', {
        ...conversation(id),
        body: { title },
      }),
    ),
  deleteConversation: (id: string) =>
    unwrap(client.DELETE('/api/conversations/{conversation_id}', conversation(id))),
  stopAnswer: (id: string) =>
    unwrap(client.POST('/api/conversations/{conversation_id}/stop', conversation(id))),
  status: () => unwrap(client.GET('/api/chat/status')),
  proposal: (id: string) => unwrap(client.GET('/api/proposals/{proposal_id}', proposal(id))),
  applyProposal: (id: string, rows: number[]) =>
    unwrap(client.POST('/api/proposals/{proposal_id}/apply', { ...proposal(id), body: { rows } })),
  dismissProposal: (id: string) =>
    unwrap(client.POST('/api/proposals/{proposal_id}/dismiss', proposal(id))),
  undoBatch: (batch_id: string) =>
    unwrap(client.POST('/api/batches/{batch_id}/undo', { params: { path: { batch_id } } })),
}

/**
 * Sends a question, and calls `onEvent` for each event of the answer until it ends. A question that is sent again
 * with the same key does nothing twice. Throws as the typed client does.
 */
export async function streamAnswer(
  path: string,
  body: unknown,
  key: string | undefined,
  signal: AbortSignal,
  onEvent: (name: string, data: unknown) => void,
): Promise<void> {
  let response: Response
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...identity(),
        ...(key && { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
      cache: 'no-store',
      signal,
    })
  } catch (error) {
    if (signal.aborted) throw error
    throw new Unreachable()
  }
  if (!response.ok) throw await problemFrom(response)
  if (!response.body) throw new Unreachable()
  const parser = createParser({
    onEvent: ({ event, data }) => onEvent(event ?? 'message', JSON.parse(data)),
  })
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    parser.feed(decoder.decode(value, { stream: true }))
  }
}
