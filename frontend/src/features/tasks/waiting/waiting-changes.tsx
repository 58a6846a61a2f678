/** The list of changes that are not saved yet: what each is, why it waits, and what can be done about it. */
'use client'

import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { useClock } from '@/session/clock'
import { useProject, useProjects } from '@/session/projects'
import { changeWords } from '../model/change-words'
import { needsAnswer, outboxRows, type OutboxRow } from '../state/rows'
import { useTaskActions, type TaskActions } from '../state/actions'
import { Choices } from './choices'
import { Versions } from './versions'

export function WaitingChanges({
  open,
  onOpenChange,
}: {
  open: boolean
  onOpenChange: (open: boolean) => void
}) {
  const rows = outboxRows.use()
  const actions = useTaskActions()
  const sorted = [...rows.filter(needsAnswer), ...rows.filter((row) => !needsAnswer(row))]
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Changes not saved yet"
      description="They are kept in this browser until they are saved."
      className="sm:max-w-140"
    >
      <ul className="min-h-0 overflow-y-auto px-5 pt-2 pb-5">
        {sorted.map((row) => (
          <Waiting key={row.key} row={row} actions={actions} />
        ))}
        {rows.length === 0 && <li className="py-3 text-muted">Everything is saved.</li>}
      </ul>
    </Dialog>
  )
}

function Waiting({ row, actions }: { row: OutboxRow; actions: TaskActions }) {
  const { now, zone } = useClock()
  const { title, done } = changeWords(row.change, { now, zone, projects: useProjects() })
  const asks = row.state === 'disputed' || row.state === 'deleted'
  return (
    <li className="flex flex-col gap-2 border-b py-3 last:border-b-0">
      <div>
        <p dir="auto" className="line-clamp-2 font-medium wrap-anywhere">
          {title}
        </p>
        <p className="text-13 text-muted">{asks ? reasonOf(row) : `${done}. ${reasonOf(row)}`}</p>
      </div>
      <Versions row={row} />
      <div className="flex flex-wrap gap-2">
        {asks ? (
          <Choices row={row} actions={actions} />
        ) : (
          <>
            <ToInbox row={row} actions={actions} />
            <Button onClick={() => void actions.flush(row)}>Try again</Button>
            <Button look="danger" onClick={() => void actions.discard(row)}>
              Discard
            </Button>
          </>
        )}
      </div>
    </li>
  )
}

/** Adds a new task without a project, if its own is archived or gone. */
function ToInbox({ row, actions }: { row: OutboxRow; actions: TaskActions }) {
  const { change, state } = row
  const id = change.kind === 'create' ? (change.draft.project_id ?? null) : null
  const project = useProject(id)
  if (state !== 'refused' || id === null || (project && !project.archived)) return null
  return (
    <Button look="primary" onClick={() => void actions.answer(row, 'inbox')}>
      Add to the Inbox
    </Button>
  )
}

function reasonOf({ state, reason, theirs }: OutboxRow): string {
  switch (state) {
    case 'disputed':
      return 'This was also changed elsewhere. Which version do you want to keep?'
    case 'deleted':
      return theirs ? 'This task was deleted elsewhere.' : 'This task was deleted permanently.'
    default:
      return reason ?? 'Waiting to be sent.'
  }
}
