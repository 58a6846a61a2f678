/** The menu of a project: edit, archive, delete. */
'use client'

import { Archive, ArchiveRestore, Ellipsis, Pencil, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Project } from '@/api/types'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuLine } from '@/components/ui/layers'
import { useProjectActions } from './actions'
import { deleting, projectForm } from './dialogs'

const ICON = { className: 'size-4', strokeWidth: 1.5 }

export function ProjectMenu({
  project,
  className,
  children,
}: {
  project: Project
  className?: string
  /** More entries, at the top. */
  children?: ReactNode
}) {
  const actions = useProjectActions()
  return (
    <Menu
      trigger={
        <IconButton label={`Menu of ${project.name}`} className={className}>
          <Ellipsis aria-hidden {...ICON} />
        </IconButton>
      }
    >
      {children}
      <MenuItem icon={<Pencil {...ICON} />} onSelect={() => projectForm.set(project)}>
        Edit
      </MenuItem>
      {project.archived ? (
        <MenuItem
          icon={<ArchiveRestore {...ICON} />}
          onSelect={() => void actions.unarchive(project)}
        >
          Bring back
        </MenuItem>
      ) : (
        <MenuItem icon={<Archive {...ICON} />} onSelect={() => void actions.archive(project)}>
          Archive
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem danger icon={<Trash2 {...ICON} />} onSelect={() => deleting.set(project)}>
        Delete
      </MenuItem>
    </Menu>
  )
}
