/** The answers to a change that the server did not take as it was. */
'use client'

import { Button } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import type { TaskActions } from '../state/actions'
import type { OutboxRow } from '../state/rows'

export function Choices({ row, actions }: { row: OutboxRow; actions: TaskActions }) {
  return row.state === 'disputed' ? (
    <Disputed row={row} actions={actions} />
  ) : (
    <Deleted row={row} actions={actions} />
  )
}

function Disputed({ row, actions }: { row: OutboxRow; actions: TaskActions }) {
  const { change } = row
  const isNotes = change.kind === 'edit' && 'description' in change.patch
  return (
    <>
      <Button look="primary" onClick={() => void actions.answer(row, 'mine')}>
        Keep mine
      </Button>
      <Button onClick={() => void actions.discard(row)}>Keep the other version</Button>
      {isNotes && <Button onClick={() => void actions.answer(row, 'both')}>Keep both</Button>}
    </>
  )
}

function Deleted({ row, actions }: { row: OutboxRow; actions: TaskActions }) {
  const { change } = row
  const text =
    change.kind === 'edit'
      ? [change.patch.title, change.patch.description].filter(Boolean).join('\n\n')
      : ''
  // The clipboard exists on secure pages only.
  const clipboard = typeof navigator === 'undefined' ? undefined : navigator.clipboard
  return (
    <>
      <Button
        look="primary"
        onClick={() => void actions.answer(row, row.theirs ? 'restore' : 'add')}
      >
        {row.theirs ? 'Restore task' : 'Add as new task'}
      </Button>
      {text && clipboard && (
        <Button onClick={() => void clipboard.writeText(text).then(() => toast('Copied.'))}>
          Copy text
        </Button>
      )}
      <Button look="danger" onClick={() => void actions.discard(row)}>
        Discard
      </Button>
    </>
  )
}
