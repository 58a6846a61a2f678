import { describe, expect, it } from 'vitest'
import { emptyAnswer, knownQuestion, mayGoOn, question, withEvent, withProposal } from './answer'
import type { AnswerEvent, Proposal } from './types'

const proposal: Proposal = {
  id: 'p',
  status: 'open',
  summary: 'Move 2 tasks',
  expires_at: '2026-12-01T09:10:00Z',
  proposed_by: 'chat',
  batch_id: null,
  undone: false,
  rows: [],
}

const after = (...events: AnswerEvent[]) => events.reduce(withEvent, emptyAnswer())

describe('an answer', () => {
  it('joins its pieces of text, and keeps tool calls between them', () => {
    const answer = after(
      { event: 'message', data: { id: 'm' } },
      { event: 'text', data: { delta: 'I look ' } },
      { event: 'text', data: { delta: 'it up.' } },
      { event: 'tool_call', data: { id: 't', name: 'search', title: 'Search', arguments: {} } },
      { event: 'tool_result', data: { id: 't', ok: true, summary: '3 tasks' } },
      { event: 'text', data: { delta: 'Done.' } },
      { event: 'done', data: {} },
    )
    expect(answer.id).toBe('m')
    expect(answer.status).toBe('complete')
    expect(answer.parts).toEqual([
      { type: 'text', text: 'I look it up.' },
      {
        type: 'tool',
        id: 't',
        name: 'search',
        title: 'Search',
        arguments: {},
        ok: true,
        summary: '3 tasks',
      },
      { type: 'text', text: 'Done.' },
    ])
  })

  it('keeps what was said before an error', () => {
    const answer = after(
      { event: 'text', data: { delta: 'One moment' } },
      { event: 'error', data: { title: 'Too many requests', detail: 'Try again in a minute.' } },
      { event: 'done', data: {} },
    )
    expect(answer.status).toBe('failed')
    expect(answer.problem).toBe('Try again in a minute.')
    expect(answer.parts).toHaveLength(1)
  })

  it('goes on once its proposals are decided, if the model waits', () => {
    const waiting = after(
      { event: 'proposal', data: proposal },
      { event: 'done', data: { waits: true } },
    )
    expect(mayGoOn([waiting])).toBe(false)
    const decided = withProposal([waiting], { ...proposal, status: 'dismissed' })
    expect(mayGoOn(decided)).toBe(true)
    expect(mayGoOn([...decided, question('and now?')])).toBe(false)
    expect(mayGoOn(withProposal([{ ...waiting, waits: false }], proposal))).toBe(false)
  })

  it('shows a proposal with its newest state', () => {
    const answer = after({ event: 'proposal', data: proposal })
    const [changed] = withProposal([answer], { ...proposal, status: 'applied', batch_id: 'b' })
    expect(changed?.parts).toEqual([
      { type: 'proposal', proposal: { ...proposal, status: 'applied', batch_id: 'b' } },
    ])
  })
})

describe('a question whose answer failed', () => {
  const asked = question('add milk')

  it('is asked again when the server did not get it', () => {
    expect(knownQuestion(asked, after())).toBeNull()
  })

  it('is known to the server as soon as its answer has an id, also after a failed retry', () => {
    const known = knownQuestion(asked, after({ event: 'message', data: { id: 'm' } }))
    expect(known).toEqual({ ...asked, id: 'm' })
    expect(knownQuestion(known!, emptyAnswer())).toEqual(known)
  })
})
