/** The choice of a project in the panel. */
'use client'

import { Inbox } from 'lucide-react'
import { Menu, MenuItem } from '@/components/ui/layers'
import { ProjectMark } from '@/components/ui/project-mark'
import { useProjects } from '@/session/projects'
import { ValueButton } from './panel-line'

export function ProjectChoice({
  value,
  onChange,
}: {
  value: number | null
  onChange: (value: number | null) => void
}) {
  const projects = useProjects()
  const chosen = projects.find(({ id }) => id === value)
  return (
    <Menu
      align="start"
      trigger={
        <ValueButton title="Move to a project (v)">
          {chosen && <ProjectMark project={chosen} />}
          <span dir="auto" className="truncate">
            {chosen?.name ?? 'Inbox'}
          </span>
        </ValueButton>
      }
    >
      <MenuItem
        icon={<Inbox className="size-4" strokeWidth={1.5} />}
        hint={value === null ? '✓' : undefined}
        onSelect={() => onChange(null)}
      >
        Inbox
      </MenuItem>
      {projects
        .filter(({ id, archived }) => !archived || id === value)
        .map((project) => (
          <MenuItem
            key={project.id}
            icon={<ProjectMark project={project} />}
            hint={project.id === value ? '✓' : undefined}
            onSelect={() => onChange(project.id)}
          >
            <span dir="auto" className="line-clamp-1 max-w-60 break-all">
              {project.name}
            </span>
          </MenuItem>
        ))}
    </Menu>
  )
}
