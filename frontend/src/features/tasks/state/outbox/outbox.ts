/** The outbox: stores each change before the screen shows it, and sends the stored ones in order. */
'use client'

import { onlineManager } from '@tanstack/react-query'
import type { Problem } from '@/api/problem'
import type { Task } from '@/api/types'
import { beforeLogout } from '@/session/logout'
import { keys, refetch } from '@/session/query-keys'
import { toLogin } from '@/session/to-login'
import type { Change, Outcome } from '../../model/changes'
import { mapEverywhere } from '../cache'
import { allSaved, sendable, sentAt, setRows, subject, type OutboxRow } from '../rows'
import { Created } from './created'
import { deliver, type Delivered } from './delivery'
import { announce, sayRefused } from './feedback'
import { exclusively, tellOthers, type Told } from './windows'
import { afterAnswer, begun, disputed, hasText, newRow, postponed, replaced } from './row-changes'
import { Retry } from './retry'
import type { Sending } from './sending'
import { shifted } from './shifted'
import { OutboxStorage } from './storage'
import { UndoSteps } from './undo-steps'
import { accept, drawRows, show, takeBack, type Screen } from './view'

export class Outbox {
  private readonly storage: OutboxStorage
  /** What this window knows about the changes that were made in it. */
  private readonly sendings = new Map<string, Sending>()
  /** The answers of the server, by task: newer than the base of a waiting edit. */
  private readonly answers = new Map<number, Task>()
  private readonly created = new Created()
  private readonly tell: (told: Told) => void
  private readonly started: Promise<void>
  readonly steps: UndoSteps
  private shifts: Promise<void>
  /** The pass of sending that has not begun. */
  private pass: Promise<void> | null = null
  private readonly retry = new Retry(() => void this.drain())

  constructor(
    private readonly screen: Screen,
    private readonly user: string,
  ) {
    this.storage = new OutboxStorage(user)
    this.tell = tellOthers(user, (told) => void this.hear(told))
    this.steps = new UndoSteps(this)
    beforeLogout({ send: () => this.drain(), forget: () => this.change(() => []) })
    this.shifts = this.started = this.load().then((rows) => drawRows(screen, rows))
  }

  /** Stores the change, shows it and sends it. Resolves when it is stored: then the text may leave its field. */
  async send(change: Change, sending: Sending = {}): Promise<void> {
    await this.started
    const made = newRow(this.user, change)
    const rows = await this.change((before) => {
      const seq = Math.max(made.seq, (before.at(-1)?.seq ?? 0) + 1)
      return this.created.map([...before, { ...made, seq }], this.screen.zone)
    })
    const row = rows.find(({ key }) => key === made.key)
    if (!row) return
    this.sendings.set(row.key, sending)
    this.steps.begin(row, sending)
    sentAt.set(subject(row.change), Date.now())
    show(this.screen, row.change, new Date())
    this.tell({ kind: 'changed' })
    void this.drain()
  }

  /** Moves a task one place up or down. Each step begins when the one before it is shown. */
  shift(id: number, step: 1 | -1): Promise<void> {
    const run = async () => {
      const change = shifted(this.screen, this.created.idOf(id), step)
      if (change) await this.send(change)
    }
    this.shifts = this.shifts.then(run, run)
    return this.shifts
  }

  /** Sends all rows that can be sent. One window at a time does so, and one pass waits for the pass before it. */
  drain(): Promise<void> {
    this.pass ??= this.started
      .then(() => exclusively(this.user, () => this.sendRows()))
      .catch((refused: unknown) => {
        this.pass = null
        throw refused
      })
    return this.pass
  }

  /** Tries at once, also the refused rows if `row` is one of them. */
  async tryAgain(row?: OutboxRow): Promise<void> {
    this.retry.reset()
    if (row) await this.replace(row, { ...row, state: 'waiting', reason: null })
    await this.drain()
  }

  /** Gives a change up, unless it was sent already. */
  async discard({ key }: { key: string }): Promise<void> {
    await exclusively(this.user, async () => {
      const row = (await this.load()).find((other) => other.key === key)
      if (!row) return
      await this.giveUp(row)
      if (allSaved()) void refetch(this.screen.client, keys.all)
    })
  }

  /** Replaces a row by another one, for example by the version that the person has chosen. */
  async replace(row: OutboxRow, next: OutboxRow): Promise<void> {
    const rows = await this.change((before) => replaced(before, next, row.key))
    drawRows(this.screen, rows)
    this.tell({ kind: 'changed' })
  }

  private async change(map: (rows: OutboxRow[]) => OutboxRow[]): Promise<OutboxRow[]> {
    const rows = await this.storage.change(map)
    setRows(rows)
    return rows
  }

  private load(): Promise<OutboxRow[]> {
    return this.change((stored) => this.created.map(stored, this.screen.zone))
  }

  /** One pass: it tries each row once, except the later changes of a task that has failed. */
  private async sendRows(): Promise<void> {
    this.pass = null
    this.retry.stop()
    const failed = new Map<number, string>() // why a task could not be changed in this pass
    for (;;) {
      if (!onlineManager.isOnline()) return
      const rows = await this.change((stored) => stored)
      const next = sendable(rows).find(({ change }) => !failed.has(subject(change)))
      if (!next) break
      const row = begun(next, rows)
      if (row !== next) await this.change((stored) => replaced(stored, row))
      const delivered = await deliver(row, this.answers.get(subject(row.change)))
      if (delivered.kind === 'signed-out') return toLogin()
      if (delivered.kind === 'later') {
        if (delivered.everything) return this.postpone(() => delivered.reason)
        failed.set(subject(row.change), delivered.reason)
      } else await this.settle(row, delivered)
    }
    if (failed.size > 0) await this.postpone((task) => failed.get(task))
    else this.retry.reset()
    if (allSaved()) void refetch(this.screen.client, keys.all)
  }

  /** The pass has failed for the tasks that have a reason: another one follows. */
  private async postpone(reasonOf: (task: number) => string | undefined): Promise<void> {
    if (!this.retry.later()) return
    await this.change((rows) => postponed(rows, reasonOf))
    this.tell({ kind: 'changed' })
  }

  private async settle(
    row: OutboxRow,
    delivered: Exclude<Delivered, { kind: 'later' | 'signed-out' }>,
  ): Promise<void> {
    if (delivered.kind === 'done') {
      const { task } = delivered.outcome
      if (task) this.answers.set(task.id, task)
      this.created.note(row, delivered.outcome)
      await this.change((rows) => afterAnswer(rows, row, delivered, this.screen.zone))
      this.finish(row, delivered.outcome)
      this.tell({ kind: 'answered', row, outcome: delivered.outcome })
      return
    }
    if (delivered.kind === 'refused') return this.refuse(row, delivered.problem)
    const { theirs } = delivered
    if (theirs) this.answers.set(theirs.id, theirs)
    await this.change((rows) => disputed(rows, row, delivered))
    this.forget(row)
    this.tell({ kind: 'changed' })
  }

  /** The server has the change. */
  private finish(row: OutboxRow, outcome: Outcome): void {
    const sending = this.sendings.get(row.key)
    accept(this.screen, row.change, outcome)
    if (!sending) return
    this.sendings.delete(row.key)
    sentAt.set(outcome.task?.id ?? subject(row.change), Date.now())
    const step = this.steps.end(row.key, { change: row.change, outcome })
    announce(this.screen.zone, row.change, outcome, sending, step && (() => this.steps.undo(step)))
  }

  /** The server does not accept the change. Text stays in the list of waiting changes, or goes back to its field. */
  private async refuse(row: OutboxRow, problem: Problem): Promise<void> {
    const sending = this.sendings.get(row.key)
    const takenBack = problem.status === 422 && sending?.onRefused
    // The form of an edit that was made in another window, or in an earlier one, cannot show it.
    const listed = hasText(row.change) || (!sending && row.change.kind === 'edit')
    if (takenBack || !listed) await this.giveUp(row)
    else {
      this.forget(row)
      await this.replace(row, { ...row, state: 'refused', reason: problem.message })
    }
    if (takenBack) takenBack(problem)
    else sayRefused(row.change, problem)
  }

  /** Removes a row, and those that can never be sent without it. */
  private async giveUp(row: OutboxRow): Promise<void> {
    for (const gone of await this.remove(row)) this.tell({ kind: 'discarded', row: gone })
  }

  /** Takes a given-up row, and those that can never be sent without it, off the storage and the screen. */
  private async remove(row: OutboxRow): Promise<OutboxRow[]> {
    this.created.giveUp(row)
    let others: OutboxRow[] = []
    const rows = await this.change((before) => {
      const rest = before.filter(({ key }) => key !== row.key)
      const kept = this.created.map(rest, this.screen.zone)
      others = rest.filter(({ key }) => !kept.some((other) => other.key === key))
      return kept
    })
    // The latest first: a change was made on what the earlier ones show.
    const gone = [row, ...others].toReversed()
    for (const each of gone) {
      this.forget(each)
      this.erase(each)
    }
    drawRows(this.screen, rows)
    return gone
  }

  /** The change will not be sent as it was made: there is nothing to announce or to undo. */
  private forget({ key }: OutboxRow): void {
    this.sendings.delete(key)
    this.steps.end(key, null)
  }

  private erase({ change, theirs }: OutboxRow): void {
    if (theirs) mapEverywhere(this.screen.client, theirs.id, () => theirs)
    else takeBack(this.screen, change)
  }

  /** What another window has done with the rows. */
  private async hear(told: Told): Promise<void> {
    await this.started
    if (told.kind === 'answered') this.created.note(told.row, told.outcome)
    if (told.kind === 'discarded') await this.remove(told.row)
    const rows = await this.load()
    if (told.kind === 'answered') this.finish(told.row, told.outcome)
    drawRows(this.screen, rows)
    // A change of this window may have waited for the id.
    if (told.kind === 'answered' && told.row.change.kind === 'create') void this.drain()
    if (allSaved()) void refetch(this.screen.client, keys.all)
  }
}
