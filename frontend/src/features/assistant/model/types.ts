/** What the assistant's API sends. */

export interface ProposalRow {
  index: number
  action: string
  task_id: number | null
  title: string
  before: Record<string, unknown>
  after: Record<string, unknown>
  series: string | null
  reminders: string | null
  problem: string | null
}

export interface Proposal {
  id: string
  status: 'open' | 'applied' | 'dismissed' | 'expired'
  summary: string
  /** "person", "chat", "client NAME" or "token NAME". */
  proposed_by: string
  expires_at: string
  batch_id: string | null
  /** The changes were applied and undone again. */
  undone: boolean
  rows: ProposalRow[]
}

export interface Failure {
  index: number
  title: string
  detail: string
}

export interface ToolPart {
  type: 'tool'
  id: string
  name: string
  title: string
  arguments: unknown
  ok: boolean | null
  summary: string | null
}

export type Part =
  | { type: 'text'; text: string }
  | ToolPart
  | { type: 'proposal'; proposal: Proposal }
  | { type: 'note'; text: string }

export interface Message {
  id: string
  role: 'user' | 'assistant'
  text: string
  parts: Part[]
  status: 'complete' | 'stopped' | 'interrupted' | 'streaming' | 'failed'
  /** The model waits for the decision about the proposals, and goes on after it. */
  waits?: boolean
  /** Of a question: the Idempotency-Key it was sent with, so that it can be sent again. */
  key?: string
  /** Why an answer failed, as a sentence. */
  problem?: string
}

export interface Conversation {
  id: string
  title: string
  updated_at: string
}

/** The events of an answer, by the names of the stream. */
export type AnswerEvent =
  | { event: 'conversation'; data: { id: string; title: string } }
  | { event: 'message'; data: { id: string } }
  | { event: 'text'; data: { delta: string } }
  | { event: 'tool_call'; data: { id: string; name: string; title: string; arguments: unknown } }
  | { event: 'tool_result'; data: { id: string; ok: boolean; summary: string } }
  | { event: 'proposal'; data: Proposal }
  | { event: 'note'; data: { text: string } }
  | { event: 'error'; data: { title: string; detail: string | null } }
  | { event: 'done'; data: { usage?: Usage | null; waits?: boolean } }

interface Usage {
  tokens: number
  budget: number
}

export interface Status {
  /** "local" is the built-in model, which needs no key. */
  model: string
  budget: { used: number; limit: number } | null
}
