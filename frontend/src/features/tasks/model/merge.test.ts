import { describe, expect, test } from 'vitest'
import type { Task, TaskPatch } from '@/api/types'
import { applied } from './changes'
import { merge, rebased, same } from './merge'
import { aTask } from './task.builder'

const BASE = aTask({ title: 'Call Ana', description: 'about the garden', tags: ['home', 'phone'] })

describe('merge', () => {
  test('an edit that waited behind another one keeps the tags that neither has seen', () => {
    const shown = { ...BASE, tags: ['home', 'phone', 'a'] }
    const stored = { ...BASE, tags: ['home', 'phone', 'theirs', 'a'] }
    const base = rebased(shown, ['tags'], shown, stored)
    expect(merge(base, { tags: [...shown.tags, 'b'] }, stored).patch).toEqual({
      tags: ['home', 'phone', 'theirs', 'a', 'b'],
    })
  })

  test('different fields merge', () => {
    const theirs = { ...BASE, title: 'Call Ana Maria', version: 2 }
    expect(merge(BASE, { description: 'about the house' }, theirs)).toEqual({
      patch: { description: 'about the house' },
      disputed: {},
    })
  })

  test('the same field, changed to different values, is disputed', () => {
    const theirs = { ...BASE, title: 'Call Ana Maria' }
    expect(merge(BASE, { title: 'Call Anna', priority: 1 }, theirs)).toEqual({
      patch: { priority: 1 },
      disputed: { title: 'Call Anna' },
    })
  })

  test('the same change on both sides is nothing to send', () => {
    const theirs = { ...BASE, title: 'Call Anna' }
    expect(merge(BASE, { title: 'Call Anna' }, theirs)).toEqual({ patch: {}, disputed: {} })
  })

  test('a value that was typed back to what it was does not overwrite the newer one', () => {
    const theirs = { ...BASE, title: 'Call Anna' }
    expect(merge(BASE, { title: 'Call Ana' }, theirs)).toEqual({ patch: {}, disputed: {} })
  })

  test('tags that both sides added are all kept, and removed ones stay removed', () => {
    const theirs = { ...BASE, tags: ['home', 'phone', 'garden'] }
    expect(merge(BASE, { tags: ['home', 'urgent'] }, theirs).patch).toEqual({
      tags: ['home', 'garden', 'urgent'],
    })
  })

  test('a date and a time zone changed at the same time are one decision', () => {
    const base = aTask({ due_date: '2026-11-30T08:00:00.000Z' })
    const theirs = { ...base, timezone: 'Asia/Tokyo', due_date: '2026-11-30T00:00:00.000Z' }
    const patch = { due_date: '2026-12-01', all_day: true }
    expect(merge(base, patch, theirs)).toEqual({ patch: {}, disputed: patch })
  })

  test('a due date in another notation is the same date', () => {
    const base = aTask({ due_date: null })
    const theirs = { ...base, due_date: '2026-12-01', all_day: true }
    expect(merge(base, { due_date: '2026-12-01' }, theirs)).toEqual({ patch: {}, disputed: {} })
  })

  test('after an answer, what others changed is still found', () => {
    const shown = { ...BASE, title: 'Call Anna' }
    const stored = { ...shown, description: 'about the roof', version: 3 }
    const base = rebased(shown, ['title'], shown, stored)
    expect(merge(base, { description: 'about the house' }, stored).disputed).toEqual({
      description: 'about the house',
    })
    expect(merge(base, { title: 'Call Annabel' }, stored).patch).toEqual({ title: 'Call Annabel' })
  })
})

/** A repeatable source of random numbers (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}

interface Edit {
  base: Task
  patch: TaskPatch
}

/** A client as the outbox drives it: edits wait in order, and each is merged with what the server has by then. */
class Client {
  view: Task
  waiting: Edit[] = []
  disputed: string[] = []

  constructor(server: Task) {
    this.view = server
  }

  edit(patch: TaskPatch): void {
    this.waiting.push({ base: this.view, patch })
    this.view = applied(this.view, { kind: 'edit', task: this.view, patch }, new Date(0))
  }

  /** Sends the oldest edit; returns the server's task afterwards. */
  send(server: Task): Task {
    const edit = this.waiting.shift()
    if (!edit) return server
    const { patch, disputed } = merge(edit.base, edit.patch, server)
    this.disputed.push(...Object.values(disputed).map(String))
    const shown = applied(edit.base, { kind: 'edit', ...edit, task: edit.base }, new Date(0))
    const sent = applied(server, { kind: 'edit', task: server, patch }, new Date(0))
    const stored = { ...sent, version: server.version + 1 }
    const touched = Object.keys(patch) as (keyof Task)[]
    for (const later of this.waiting) later.base = rebased(later.base, touched, shown, stored)
    return stored
  }

  /** Fetches the task, and shows the waiting edits on it. */
  fetch(server: Task): void {
    this.view = this.waiting.reduce(
      (task, { patch }) => applied(task, { kind: 'edit', task, patch }, new Date(0)),
      server,
    )
  }
}

function randomEdit(view: Task, random: (below: number) => number, word: string): TaskPatch {
  switch (random(4)) {
    case 0:
      return { title: word }
    case 1:
      return { description: word }
    case 2:
      return { tags: [...view.tags, word] }
    default:
      return { title: word, description: `${word}!` }
  }
}

/** Where a word is after all edits were sent. */
function keeps(word: string, server: Task, everStored: Set<string>, clients: Client[]): boolean {
  return (
    server.tags.includes(word) ||
    everStored.has(word) ||
    clients.some(({ disputed }) => disputed.some((value) => value.split(/[,!]/).includes(word)))
  )
}

test('random edits from three clients and the server: nothing is lost, and all converge', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed)
    let server = aTask({ title: 'first', description: null, tags: [] })
    const clients = [new Client(server), new Client(server), new Client(server)]
    const words: { word: string; tag: boolean }[] = []
    /** Values that the server has held: a later edit that saw them replaced them knowingly. */
    const everStored = new Set<string>()
    const store = (task: Task) => {
      server = task
      everStored.add(task.title).add((task.description ?? '').replace('!', ''))
    }
    for (let step = 0; step < 40; step++) {
      const client = clients[random(3)] as Client
      const word = `w${seed}-${step}`
      switch (random(5)) {
        case 0:
        case 1: {
          const patch = randomEdit(client.view, random, word)
          client.edit(patch)
          words.push({ word, tag: 'tags' in patch })
          break
        }
        case 2:
          store(client.send(server))
          break
        case 3:
          client.fetch(server)
          break
        default:
          store({ ...server, title: word, version: server.version + 1 })
      }
    }
    while (clients.some(({ waiting }) => waiting.length > 0))
      for (const client of clients) store(client.send(server))
    for (const client of clients) client.fetch(server)

    for (const { view } of clients) expect(same(view, server), `seed ${seed}`).toBe(true)
    for (const { word, tag } of words) {
      if (tag) expect(server.tags, `seed ${seed}`).toContain(word)
      else expect(keeps(word, server, everStored, clients), `seed ${seed}: ${word}`).toBe(true)
    }
  }
})

test('a value is never replaced by somebody who has not seen it', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed)
    let server = aTask({ title: 'first' })
    const client = new Client(server)
    for (let step = 0; step < 10; step++) {
      const theirs = random(2) === 0
      if (theirs) server = { ...server, title: `theirs-${step}`, version: server.version + 1 }
      const seen = client.view.title
      const expected = seen === server.title
      client.edit({ title: `mine-${step}` })
      const before = server.title
      server = client.send(server)
      expect(server.title).toBe(expected ? `mine-${step}` : before)
      client.fetch(server)
    }
  }
})
