import { describe, expect, test, vi } from 'vitest'
import { aTask } from '../../model/task.builder'
import { outboxRows } from '../rows'
import { give } from './answers'
import { answers, asked, aWindow, create, json, withServer } from './outbox.builder'

withServer()

describe('a change that needs an answer', () => {
  test('what is typed on while a question is open does not overwrite the other version', async () => {
    const { outbox } = aWindow()
    const theirs = { id: 7, title: 'Theirs', version: 2 }
    answers.push(() => Response.json({ title: 'Changed' }, { status: 412 }), json(theirs))
    await outbox.send({ kind: 'edit', task: aTask({ id: 7 }), patch: { title: 'Mine' } })
    await vi.waitFor(() => expect(outboxRows.get()).toMatchObject([{ state: 'disputed' }]))
    // The list has been fetched again: it shows the version of the server, with the title of this window.
    const shown = aTask({ ...theirs, title: 'Mine' })
    await outbox.send({ kind: 'edit', task: shown, patch: { title: 'Mine too' } })
    await outbox.drain()
    expect(outboxRows.get()).toMatchObject([
      { state: 'disputed', theirs, change: { patch: { title: 'Mine too' } } },
    ])
    expect(asked.map(({ body }) => body)).toEqual([{ title: 'Mine' }, null])
  })

  test('a task that is gone is added again with its project', async () => {
    const { outbox } = aWindow()
    answers.push(
      () => Response.json({ title: 'Not found' }, { status: 404 }),
      () => Response.json({ title: 'Not found' }, { status: 404 }),
    )
    const task = aTask({ id: 7, project_id: 4 })
    await outbox.send({ kind: 'edit', task, patch: { title: 'Mine' } })
    await vi.waitFor(() => expect(outboxRows.get()).toMatchObject([{ state: 'deleted' }]))
    answers.push(json({ id: 8, project_id: 4 }))
    await give(outbox, outboxRows.get()[0]!, 'add')
    await vi.waitFor(() =>
      expect(asked.at(-1)?.body).toMatchObject({ title: 'Mine', project_id: 4 }),
    )
  })

  test('a new task whose project is gone can be added to the Inbox, as a new request', async () => {
    const { outbox } = aWindow()
    const errors = [{ field: 'project_id', message: 'There is no such project.' }]
    answers.push(() => Response.json({ title: 'Invalid', errors }, { status: 422 }))
    await outbox.send({ ...create, draft: { title: 'Buy stamps', project_id: 4 } })
    await vi.waitFor(() => expect(outboxRows.get()).toMatchObject([{ state: 'refused' }]))
    answers.push(json({ id: 8 }))
    await give(outbox, outboxRows.get()[0]!, 'inbox')
    await vi.waitFor(() => expect(outboxRows.get()).toEqual([]))
    const [first, second] = asked
    expect(second?.body).toEqual({ ...(first?.body as object), project_id: null })
    expect(second?.key).not.toBe(first?.key)
  })
})
