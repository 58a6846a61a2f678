/** Shows the rows of the outbox on the cached lists and tasks, before the server has them. */
import type { QueryClient } from '@tanstack/react-query'
import { keys } from '@/session/query-keys'
import { applied, draftTask, inverse, type Change, type Outcome } from '../../model/changes'
import { insertEverywhere, knownTask, mapEverywhere, placeEverywhere } from '../cache'
import { rest, showNext, stopResting } from '../row-feedback'
import { outboxRows, subject, type OutboxRow } from '../rows'

export interface Screen {
  client: QueryClient
  zone: string
}

/** Shows a change that was made now. */
export function show({ client, zone }: Screen, change: Change, now: Date): void {
  // A list request that is already running would bring the old state back for a moment.
  void client.cancelQueries({ queryKey: keys.lists })
  if (change.kind === 'complete' || change.kind === 'skip')
    rest(applied(knownTask(client, change.task.id) ?? change.task, change, now))
  else stopResting(subject(change))
  draw({ client, zone }, change, now)
}

function draw({ client, zone }: Screen, change: Change, now: Date): void {
  if (change.kind === 'create')
    return insertEverywhere(client, draftTask(change, zone, now), now, zone)
  const shown = knownTask(client, change.task.id) ?? change.task
  mapEverywhere(client, shown.id, (task) => applied(task, change, now))
  if (change.kind === 'place') placeEverywhere(client, shown.id, change.after)
  if (change.kind === 'reopen' || change.kind === 'restore')
    insertEverywhere(client, applied(shown, change, now), now, zone)
}

/** Shows all rows again on what was just fetched: the server does not have them yet. */
export function drawRows(screen: Screen, rows: readonly OutboxRow[]): void {
  for (const { change, at } of rows) draw(screen, change, new Date(at))
}

/** Takes a change off the screen. */
export function takeBack({ client, zone }: Screen, change: Change): void {
  stopResting(subject(change))
  if (change.kind === 'create') return mapEverywhere(client, change.tempId, () => null)
  const now = new Date()
  const before = knownTask(client, change.task.id)
  const back = inverse(change, { task: before ?? null, next: null })
  if (!back || back.kind === 'create') return
  mapEverywhere(client, change.task.id, (task) => applied(task, back, now))
  insertEverywhere(client, applied(before ?? change.task, back, now), now, zone)
  if (back.kind === 'place') placeEverywhere(client, back.task.id, back.after)
}

/** Replaces what was shown by what the server answered. */
export function accept(screen: Screen, change: Change, { task, next }: Outcome): void {
  const { client, zone } = screen
  if (change.kind === 'create') mapEverywhere(client, change.tempId, () => null)
  if (!task) return
  if (change.kind === 'create') insertEverywhere(client, task, new Date(), zone)
  else mapEverywhere(client, task.id, () => task)
  if (next) showNext(task.id, next)
  drawRows(screen, rowsAbout(task.id))
}

/** The rows that a new version of the task changes on the screen. A moved task may stand behind it. */
function rowsAbout(id: number): readonly OutboxRow[] {
  return outboxRows
    .get()
    .filter(
      ({ change }) => subject(change) === id || (change.kind === 'place' && change.after === id),
    )
}

/** Shows the rows on every list and task that is fetched from now on. */
export function drawOnFetched(screen: Screen): () => void {
  const { client } = screen
  return client.getQueryCache().subscribe((event) => {
    const fetched =
      event.type === 'added' ||
      (event.type === 'updated' && event.action.type === 'success' && !event.action.manual)
    const [first, kind] = event.query.queryKey
    if (!fetched || first !== 'tasks' || (kind !== 'list' && kind !== 'one')) return
    if (outboxRows.get().length > 0) queueMicrotask(() => drawRows(screen, outboxRows.get()))
  })
}
