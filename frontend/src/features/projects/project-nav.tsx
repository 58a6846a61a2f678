/** The projects in the side bar. Below 1024 px only their marks. */
'use client'

import { FolderOpen, Plus } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { Project } from '@/api/types'
import { IconButton } from '@/components/ui/button'
import { ProjectMark } from '@/components/ui/project-mark'
import { cn } from '@/lib/cn'
import { countWords } from '@/session/counts'
import { useOpenProjects } from '@/session/projects'
import { projectForm } from './dialogs'
import { OrderEntries } from './order-entries'
import { ProjectDialogs } from './project-dialogs'
import { ProjectMenu } from './project-menu'

export function ProjectNav() {
  const projects = useOpenProjects()
  const path = usePathname()
  return (
    <section aria-label="Projects" className="flex min-h-0 flex-col max-lg:items-center">
      <div className="flex h-9 shrink-0 items-center justify-between pl-2.5 max-lg:h-auto max-lg:flex-col max-lg:pl-0">
        <h2 className="text-13 font-semibold text-muted">
          <Link
            href="/projects"
            aria-current={path === '/projects' ? 'page' : undefined}
            title="Projects"
            className="rounded-sm hover:text-ink aria-[current]:text-ink max-lg:flex max-lg:h-9 max-lg:w-10 max-lg:items-center max-lg:justify-center max-lg:rounded-control max-lg:hover:bg-hover max-lg:aria-[current]:bg-press"
          >
            <FolderOpen aria-hidden className="size-[17px] lg:hidden" strokeWidth={1.75} />
            <span className="max-lg:sr-only">Projects</span>
          </Link>
        </h2>
        <IconButton label="Add a project" onClick={() => projectForm.set('new')}>
          <Plus aria-hidden className="size-4" strokeWidth={1.75} />
        </IconButton>
      </div>
      <ul className="-mx-1 flex min-h-0 flex-col gap-0.5 overflow-y-auto px-1">
        {projects.map((project) => (
          <ProjectLink
            key={project.id}
            project={project}
            projects={projects}
            current={path === `/projects/${project.id}`}
          />
        ))}
      </ul>
      <ProjectDialogs />
    </section>
  )
}

function ProjectLink({
  project,
  projects,
  current,
}: {
  project: Project
  projects: Project[]
  current: boolean
}) {
  return (
    <li className="group/project relative shrink-0">
      <Link
        href={`/projects/${project.id}`}
        aria-current={current ? 'page' : undefined}
        title={project.name}
        className={cn(
          'flex h-9 items-center gap-2.5 rounded-control px-2.5 text-14 font-medium text-soft transition-colors duration-150 hover:bg-hover max-lg:w-10 max-lg:justify-center max-lg:px-0',
          current && 'bg-press text-ink hover:bg-press',
        )}
      >
        <ProjectMark project={project} />
        <span dir="auto" className="min-w-0 flex-1 truncate max-lg:sr-only">
          {project.name}
        </span>
        {project.open.value > 0 && (
          <span className="text-13 text-muted tabular group-focus-within/project:invisible group-hover/project:invisible max-lg:hidden">
            {countWords(project.open)}
            <span className="sr-only"> open</span>
          </span>
        )}
      </Link>
      <ProjectMenu
        project={project}
        className="absolute top-0.5 right-0.5 opacity-0 group-focus-within/project:opacity-100 group-hover/project:opacity-100 aria-expanded:opacity-100 max-lg:hidden"
      >
        <OrderEntries project={project} projects={projects} />
      </ProjectMenu>
    </li>
  )
}
