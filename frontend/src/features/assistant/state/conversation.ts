/** The current conversation. The panel and the page show the same one. */
'use client'

import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { assistant, streamAnswer } from '@/api/assistant'
import { Problem, sentence } from '@/api/problem'
import { readDraft, writeDraft } from '@/lib/hooks'
import { createStore } from '@/lib/store'
import { keys } from '@/session/query-keys'
import {
  emptyAnswer,
  knownQuestion,
  mayGoOn,
  question,
  withEvent,
  withProposal,
} from '../model/answer'
import type { AnswerEvent, Message, Proposal } from '../model/types'

interface State {
  id: string | null
  title: string
  messages: Message[]
  loading: boolean
  /** Why the conversation could not be opened, as a sentence. */
  problem: string | null
}

const POLL = 1000
const EMPTY: State = { id: null, title: '', messages: [], loading: false, problem: null }
const state = createStore<State>(EMPTY)
/** The answer that is being received. */
let running: AbortController | null = null
/** The server is being asked to stop an answer. */
let stopping: Promise<unknown> = Promise.resolve()
/** The id of the person whose conversation this is. */
let owner = ''
/** The name under which the open conversation is remembered. */
const remembered = () => `${owner}:assistant-open` as const

export const useConversation = state.use

export function isAnswering({ messages }: State): boolean {
  return messages.at(-1)?.status === 'streaming'
}

export function useConversationActions() {
  const client = useQueryClient()
  return useMemo(
    () => ({
      send: (text: string, page: string, task: number | null) =>
        receive(
          client,
          '/api/chat',
          { message: text, view: page, ...(task && { task_id: task }) },
          question(text),
        ),
      retry: () => {
        const { id, messages } = state.get()
        const last = messages.findLastIndex((message) => message.role === 'user')
        const asked = messages[last]
        if (!asked) return
        state.set((now) => ({ ...now, messages: messages.slice(0, last) }))
        const known = knownQuestion(asked, messages.at(-1))
        if (id !== null && known) void receive(client, `/api/conversations/${id}/retry`, {}, known)
        else void receive(client, '/api/chat', { message: asked.text }, asked)
      },
      stop: () => {
        const { id } = state.get()
        if (id) stopOnServer(id)
        running?.abort()
      },
      startNew: () => {
        running?.abort()
        writeDraft(remembered(), '')
        state.set({ ...EMPTY })
      },
      show,
      /** Opens the conversation that was open before the page was loaded again. */
      resume: (person: string) => {
        if (person !== owner) {
          running?.abort()
          owner = person
          state.set(EMPTY)
        }
        const before = readDraft(remembered())
        if (before && state.get() === EMPTY) void show(before)
      },
      changed: (proposal: Proposal) => {
        state.set((now) => ({ ...now, messages: withProposal(now.messages, proposal) }))
        const { id, messages } = state.get()
        const last = messages.at(-1)
        if (!id || !last || !mayGoOn(messages)) return
        // Only once, also if it fails: then the person says what is left.
        state.set((now) => ({
          ...now,
          messages: [...messages.slice(0, -1), { ...last, waits: false }],
        }))
        void receive(client, `/api/conversations/${id}/continue`, {})
      },
    }),
    [client],
  )
}

async function show(id: string): Promise<void> {
  running?.abort()
  state.set({ ...EMPTY, id, loading: true })
  writeDraft(remembered(), id)
  await load(id)
}

async function load(id: string): Promise<void> {
  const isCurrent = () => state.get().id === id
  try {
    const { title, messages } = await assistant.conversation(id)
    if (!isCurrent()) return
    // The schema does not describe the parts.
    state.set({ ...EMPTY, id, title, messages: messages as unknown as Message[] })
    // The answer is being given to another window, or to this one before it was loaded again.
    if (isAnswering(state.get())) setTimeout(() => isCurrent() && void load(id), POLL)
  } catch (error) {
    if (!isCurrent()) return
    const gone = error instanceof Problem && error.status === 404
    if (gone) writeDraft(remembered(), '')
    state.set({ ...EMPTY, problem: gone ? null : sentence(error) })
  }
}

/** Fetches the proposals again: an answer to "undo that" or "yes" has changed them. */
async function refresh(): Promise<void> {
  const { id, messages } = state.get()
  const proposed = messages.some(({ parts }) => parts.some(({ type }) => type === 'proposal'))
  if (!id || !proposed) return
  const newest = await assistant.conversation(id).catch(() => null)
  if (!newest || state.get().messages !== messages) return
  state.set((now) => ({ ...now, messages: newest.messages as unknown as Message[] }))
}

function stopOnServer(id: string): void {
  stopping = assistant.stopAnswer(id).catch(() => undefined)
}

async function receive(
  client: QueryClient,
  path: string,
  body: Record<string, unknown>,
  asked?: Message,
): Promise<void> {
  running?.abort()
  const controller = new AbortController()
  running = controller
  const { id } = state.get()
  const isCurrent = () => running === controller
  const update = (change: (answer: Message) => Message) => {
    if (!isCurrent()) return
    state.set((now) => {
      const last = now.messages.at(-1)
      return last?.role === 'assistant'
        ? { ...now, messages: [...now.messages.slice(0, -1), change(last)] }
        : now
    })
  }
  state.set((now) => ({
    ...now,
    problem: null,
    messages: [...now.messages, ...(asked ? [asked] : []), emptyAnswer()],
  }))
  try {
    await stopping
    await streamAnswer(
      path,
      path === '/api/chat' && id ? { ...body, conversation_id: id } : body,
      asked?.key,
      controller.signal,
      (event, data) => {
        const received = { event, data } as AnswerEvent
        if (received.event === 'conversation' && isCurrent()) {
          writeDraft(remembered(), received.data.id)
          state.set((now) => ({ ...now, id: received.data.id, title: received.data.title }))
        }
        update((answer) => withEvent(answer, received))
      },
    )
    // An answer that ends without `done` was cut off.
    update((answer) =>
      answer.status === 'streaming' ? { ...answer, status: 'interrupted' } : answer,
    )
    if (isCurrent()) await refresh()
  } catch (error) {
    update((answer) =>
      controller.signal.aborted
        ? { ...answer, status: 'stopped' }
        : { ...answer, status: 'failed', problem: sentence(error) },
    )
  }
  void client.invalidateQueries({ queryKey: keys.conversations })
  void client.invalidateQueries({ queryKey: keys.assistant })
}
