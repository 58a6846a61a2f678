/** The toasts of the outbox. Each names the task or says what was done. */
import { sentence, type Problem } from '@/api/problem'
import { toast } from '@/components/ui/toast'
import { message, type Change, type Outcome } from '../../model/changes'
import type { Sending } from './sending'

export function announce(
  zone: string,
  change: Change,
  outcome: Outcome,
  { quiet, words: given, undoing }: Sending,
  onUndo: (() => void) | null,
): void {
  if (quiet) return
  const words = undoing ? 'Undone.' : (given ?? message(change, outcome, new Date(), zone))
  if (words) toast(words, onUndo ? { action: { label: 'Undo', onClick: onUndo } } : undefined)
}

export function sayRefused(change: Change, problem: Problem): void {
  const title = change.kind === 'create' ? change.draft.title : change.task.title
  toast.error(`“${clip(title)}” was not ${DONE[change.kind]}. ${sentence(problem)}`)
}

const DONE: Record<Change['kind'], string> = {
  create: 'added',
  complete: 'completed',
  skip: 'skipped',
  reopen: 'reopened',
  edit: 'changed',
  postpone: 'moved',
  place: 'moved',
  delete: 'deleted',
  restore: 'restored',
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
