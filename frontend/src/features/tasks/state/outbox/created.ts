/** The tasks that were created in this browser: a change made on the temporary id can be stored after the answer. */
import type { Outcome } from '../../model/changes'
import { subject, type OutboxRow } from '../rows'
import { afterAnswer, placeable } from './row-changes'

export class Created {
  /** The creations that the server has answered, by temporary id. */
  private readonly answered = new Map<number, { row: OutboxRow; outcome: Outcome }>()

  /** Notes an answer, if it is the one to a creation. */
  note(row: OutboxRow, outcome: Outcome): void {
    if (row.change.kind === 'create' && outcome.task)
      this.answered.set(subject(row.change), { row, outcome })
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
    return placeable(mapped)
  }
}
