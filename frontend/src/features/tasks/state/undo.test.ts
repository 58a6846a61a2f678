import { describe, expect, test, vi } from 'vitest'
import type { Change } from '../model/changes'
import { aTask } from '../model/task.builder'
import { newStep, remember, undo, type Step } from './undo'

const reopen = (id: number): Change => ({ kind: 'reopen', task: aTask({ id }) })

function aStep(...inverses: Change[]): Step {
  const step = newStep()
  step.inverses.push(...inverses)
  remember(step)
  return step
}

describe('undo', () => {
  test('undoes the last step first, and each step once', () => {
    const send = vi.fn()
    const first = aStep(reopen(1))
    aStep(reopen(2))
    undo(send)
    undo(send, first)
    undo(send, first)
    undo(send)
    expect(send.mock.calls).toEqual([
      [reopen(2), false],
      [reopen(1), false],
    ])
  })

  test('undoes a batch in reverse order and without a message for each change', () => {
    const send = vi.fn()
    aStep(reopen(1), reopen(2))
    undo(send)
    expect(send.mock.calls).toEqual([
      [reopen(2), true],
      [reopen(1), true],
    ])
  })

  test('marks a step as undone, so that changes still on their way are undone on arrival', () => {
    const step = aStep(reopen(1))
    undo(vi.fn(), step)
    expect(step.undone).toBe(true)
  })

  test('keeps the last 50 steps', () => {
    const send = vi.fn()
    for (let id = 1; id <= 60; id++) aStep(reopen(id))
    for (let count = 0; count < 60; count++) undo(send)
    expect(send).toHaveBeenCalledTimes(50)
    expect(send).toHaveBeenLastCalledWith(reopen(11), false)
  })
})
