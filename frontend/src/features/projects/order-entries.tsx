/** The menu entries that move a project up and down in the side bar. */
'use client'

import { ArrowDown, ArrowUp } from 'lucide-react'
import type { Project } from '@/api/types'
import { MenuItem } from '@/components/ui/layers'
import { useProjectActions } from './actions'

export function OrderEntries({ project, projects }: { project: Project; projects: Project[] }) {
  const actions = useProjectActions()
  const at = projects.indexOf(project)
  const move = (to: number) => {
    const ids = projects.map(({ id }) => id).filter((id) => id !== project.id)
    ids.splice(to, 0, project.id)
    void actions.order(ids)
  }
  return (
    <>
      {at > 0 && (
        <MenuItem
          icon={<ArrowUp className="size-4" strokeWidth={1.5} />}
          onSelect={() => move(at - 1)}
        >
          Move up
        </MenuItem>
      )}
      {at < projects.length - 1 && (
        <MenuItem
          icon={<ArrowDown className="size-4" strokeWidth={1.5} />}
          onSelect={() => move(at + 1)}
        >
          Move down
        </MenuItem>
      )}
    </>
  )
}
