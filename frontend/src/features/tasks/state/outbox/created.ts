/** What became of the tasks that were added in this browser: a change of a temporary id can be stored afterwards. */
import type { Change, Outcome } from '../../model/changes'
import { subject, type OutboxRow } from '../rows'
import { afterAnswer } from './row-changes'

export class Created {
  /** The creations that the server has answered, by temporary id. */
  private readonly answered = new Map<number, { row: OutboxRow; outcome: Outcome }>()

  /** The temporary ids of the tasks that will never be created. */
  private readonly givenUp = new Set<number>()

  /** Notes an answer, if it is the one to a creation. */
  note(row: OutboxRow, outcome: Outcome): void {
    if (row.change.kind === 'create' && outcome.task)
      this.answered.set(subject(row.change), { row, outcome })
  }

  /** Notes that a row was given up, if it is a creation. */
  giveUp({ change }: OutboxRow): void {
    if (change.kind === 'create') this.givenUp.add(change.tempId)
  }

  /** The id of a task that was created under this temporary one. */
  idOf(id: number): number {
    return this.answered.get(id)?.outcome.task?.id ?? id
  }

  /** The rows with the created tasks in the place of their temporary ids, without those that can never be sent. */
  map(rows: OutboxRow[], zone: string): OutboxRow[] {
    let mapped = rows
    for (const { row, outcome } of this.answered.values())
      mapped = afterAnswer(mapped, row, { outcome }, zone)
    return mapped.filter(({ change }) => !this.isLost(change))
  }

  /** Whether the change is about, or puts a task behind, one that will never be created. */
  private isLost(change: Change): boolean {
    const behind = change.kind === 'place' ? change.after : null
    return this.givenUp.has(subject(change)) || (behind !== null && this.givenUp.has(behind))
  }
}
