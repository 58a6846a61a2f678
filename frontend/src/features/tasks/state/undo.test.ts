import { describe, expect, test, vi } from 'vitest'
import type { Change } from '../model/changes'
import { aTask } from '../model/task.builder'
import { newStep, remember, undo, undoOwn, type Step } from './undo'

const reopen = (id: number): Change => ({ kind: 'reopen', task: aTask({ id }) })

function aStep(...inverses: Change[]): Step {
  const step = newStep()
  step.inverses.push(...inverses)
  remember(step)
  return step
}

describe('undo', () => {
  test('undoes the last step first, and each step once', () => {
    const [send, cancel] = [vi.fn(), vi.fn()]
    const first = aStep(reopen(1))
    aStep(reopen(2))
    undo({ send, cancel })
    undo({ send, cancel }, first)
    undo({ send, cancel }, first)
    undo({ send, cancel })
    expect(send.mock.calls).toEqual([
      [reopen(2), false],
      [reopen(1), false],
    ])
  })

  test('undoes a batch in reverse order and without a message for each change', () => {
    const [send, cancel] = [vi.fn(), vi.fn()]
    aStep(reopen(1), reopen(2))
    undo({ send, cancel })
    expect(send.mock.calls).toEqual([
      [reopen(2), true],
      [reopen(1), true],
    ])
  })

  test('marks a step as undone, so that changes still on their way are undone on arrival', () => {
    const step = aStep(reopen(1))
    undo({ send: vi.fn(), cancel: vi.fn() }, step)
    expect(step.undone).toBe(true)
  })

  test('takes back what was not sent yet, and reverts what was', () => {
    const [send, cancel] = [vi.fn(), vi.fn()]
    const step = aStep(reopen(1))
    step.waiting.push('key')
    undo({ send, cancel })
    expect(send.mock.calls).toEqual([[reopen(1), true]])
    expect(cancel.mock.calls).toEqual([['key']])
  })

  test('a step that is no change of tasks can be undone again only if that has failed', async () => {
    const [send, cancel] = [vi.fn(), vi.fn()]
    const step = aStep()
    const run = vi.fn(() => Promise.resolve(run.mock.calls.length > 1))
    step.run = run
    await undoOwn(step)
    undo({ send, cancel })
    await undoOwn(step)
    undo({ send, cancel }, step)
    expect(run).toHaveBeenCalledTimes(2)
  })

  test('keeps the last 50 steps', () => {
    const [send, cancel] = [vi.fn(), vi.fn()]
    for (let id = 1; id <= 60; id++) aStep(reopen(id))
    for (let count = 0; count < 60; count++) undo({ send, cancel })
    expect(send).toHaveBeenCalledTimes(50)
    expect(send).toHaveBeenLastCalledWith(reopen(11), false)
  })
})
