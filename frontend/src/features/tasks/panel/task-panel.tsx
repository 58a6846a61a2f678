/** The open task: a column beside the list on a desktop, a sheet on smaller screens. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { Dialog as RadixDialog } from 'radix-ui'
import { api } from '@/api/browser'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { useMediaQuery } from '@/lib/hooks'
import { keys } from '@/session/query-keys'
import { useTaskActions } from '../state/actions'
import { useSelection } from '../state/selection'
import { TaskDetails } from './task-details'

export function TaskPanel() {
  const { id, close } = useSelection()
  const wide = useMediaQuery('(min-width: 1024px)')

  if (wide)
    return id ? (
      <aside
        aria-label="Task"
        className="sticky top-0 z-10 h-dvh w-[400px] shrink-0 overflow-y-auto border-l bg-surface max-xl:w-[360px]"
      >
        <div key={id} className="animate-panel">
          <Loaded id={id} close={close} />
        </div>
      </aside>
    ) : null
  return (
    <RadixDialog.Root open={id !== null} onOpenChange={(open) => !open && close()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 animate-fade bg-veil" />
        <RadixDialog.Content
          aria-describedby=""
          onOpenAutoFocus={(event) => event.preventDefault()}
          className="fixed inset-x-0 bottom-0 z-40 max-h-[93dvh] animate-sheet overflow-y-auto rounded-t-sheet bg-surface pb-[env(safe-area-inset-bottom)] shadow-float outline-none sm:inset-x-auto sm:top-0 sm:right-0 sm:max-h-none sm:w-[420px] sm:rounded-none"
        >
          <RadixDialog.Title className="sr-only">Task</RadixDialog.Title>
          {id !== null && <Loaded key={id} id={id} close={close} />}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

function Loaded({ id, close }: { id: number; close: () => void }) {
  const { data: task, error } = useQuery({ queryKey: keys.one(id), queryFn: () => api.task(id) })
  const actions = useTaskActions()
  if (task) return <TaskDetails task={task} actions={actions} close={close} />
  if (error) return <LoadError error={error} close={close} />
  return (
    <div className="animate-late p-5" role="status" aria-label="Loading">
      <div className="mb-6 h-6 w-3/4 rounded bg-hover" />
      {[60, 45, 70, 40].map((width) => (
        <div key={width} className="mb-4 h-4 rounded bg-hover" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}

function LoadError({ error, close }: { error: Error; close: () => void }) {
  const missing = error instanceof Problem && error.status === 404
  return (
    <div className="p-6">
      <p className="pb-1 text-16 font-medium">
        {missing ? 'This task does not exist' : 'This task could not be loaded'}
      </p>
      <p className="pb-4 text-muted">
        {missing ? 'It was deleted, or it belongs to somebody else.' : sentence(error)}
      </p>
      <Button onClick={close}>Close</Button>
    </div>
  )
}
