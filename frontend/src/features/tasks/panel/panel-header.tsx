/** The top of the panel: complete, menu and close. */
'use client'

import {
  Check as CheckIcon,
  ArrowDown,
  ArrowUp,
  Ellipsis,
  Link2,
  RotateCcw,
  SkipForward,
  Trash2,
  Undo2,
  X,
} from 'lucide-react'
import type { Task } from '@/api/types'
import { Button, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuLine } from '@/components/ui/layers'
import { toast } from '@/components/ui/toast'
import type { TaskActions } from '../state/actions'
import { canShift } from '../state/places'

interface HeaderProps {
  task: Task
  actions: TaskActions
  close: () => void
}

export function PanelHeader({ task, actions, close }: HeaderProps) {
  return (
    <div className="sticky top-0 z-10 flex h-13 items-center gap-1 bg-surface/95 pr-2 pl-4 backdrop-blur-sm max-sm:h-14">
      <MainAction task={task} actions={actions} />
      <div className="ml-auto flex">
        <MoreMenu task={task} actions={actions} close={close} />
        <IconButton label="Close" shortcut="Esc" onClick={close}>
          <X aria-hidden className="size-4" strokeWidth={1.75} />
        </IconButton>
      </div>
    </div>
  )
}

function MainAction({ task, actions }: Omit<HeaderProps, 'close'>) {
  if (task.deleted_at !== null)
    return (
      <Button onClick={() => actions.restore(task)}>
        <Undo2 aria-hidden className="size-4" strokeWidth={1.5} />
        Restore
      </Button>
    )
  return (
    <Button
      look={task.completed ? 'secondary' : 'quiet'}
      className="-ml-1.5 border-transparent text-accent hover:bg-accent-soft hover:text-accent"
      onClick={() => actions.toggle(task)}
    >
      {task.completed ? (
        <RotateCcw aria-hidden className="size-4" strokeWidth={1.75} />
      ) : (
        <CheckIcon aria-hidden className="size-4" strokeWidth={2.25} />
      )}
      {task.completed ? 'Reopen' : 'Mark done'}
    </Button>
  )
}

function MoreMenu({ task, actions, close }: HeaderProps) {
  const inTrash = task.deleted_at !== null
  const copyLink = () => {
    void navigator.clipboard
      ?.writeText(`${location.origin}/all?task=${task.id}`)
      .then(() => toast('Link copied.'))
  }
  return (
    <Menu
      trigger={
        <IconButton label="More">
          <Ellipsis aria-hidden className="size-4" strokeWidth={1.75} />
        </IconButton>
      }
    >
      {task.recurrence && !task.completed && !inTrash && (
        <MenuItem
          icon={<SkipForward className="size-4" strokeWidth={1.5} />}
          onSelect={() => actions.skip(task)}
        >
          Skip this occurrence
        </MenuItem>
      )}
      {!task.completed && !inTrash && <Shifts task={task} actions={actions} />}
      <MenuItem icon={<Link2 className="size-4" strokeWidth={1.5} />} onSelect={copyLink}>
        Copy link
      </MenuItem>
      {!inTrash && (
        <>
          <MenuLine />
          <MenuItem
            danger
            hint="Del"
            icon={<Trash2 className="size-4" strokeWidth={1.5} />}
            onSelect={() => {
              actions.remove(task)
              close()
            }}
          >
            Delete
          </MenuItem>
        </>
      )}
    </Menu>
  )
}

/** One place up or down, where the list behind the panel has an order of its own. */
function Shifts({ task, actions }: Omit<HeaderProps, 'close'>) {
  return (
    <>
      {canShift(task.id, -1) && (
        <MenuItem
          hint="Alt ↑"
          icon={<ArrowUp className="size-4" strokeWidth={1.5} />}
          onSelect={() => actions.shift(task, -1)}
        >
          Move up
        </MenuItem>
      )}
      {canShift(task.id, 1) && (
        <MenuItem
          hint="Alt ↓"
          icon={<ArrowDown className="size-4" strokeWidth={1.5} />}
          onSelect={() => actions.shift(task, 1)}
        >
          Move down
        </MenuItem>
      )}
    </>
  )
}
