/** All projects, and the archive. On a phone this page is also the way to the other lists. */
'use client'

import { FolderOpen, Plus } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Project } from '@/api/types'
import { Button } from '@/components/ui/button'
import { PageHead } from '@/components/ui/page-head'
import { Empty } from '@/components/ui/primitives'
import { ProjectMark } from '@/components/ui/project-mark'
import { Bell } from '@/features/notifications/bell'
import { plural } from '@/lib/words'
import { countWords } from '@/session/counts'
import { useOpenProjects, useProjects } from '@/session/projects'
import { projectForm } from './dialogs'
import { OrderEntries } from './order-entries'
import { ProjectMenu } from './project-menu'

/** `lists`: the links to the other lists, which a phone shows here. */
export function ProjectsPage({ lists }: { lists: ReactNode }) {
  const all = useProjects()
  const projects = useOpenProjects()
  const archived = all.filter(({ archived }) => archived)
  return (
    <>
      <PageHead title="Projects" actions={<Bell />}>
        {projects.length > 0 && plural(projects.length, 'project')}
      </PageHead>
      <div className="mb-6 border-b pb-4 sm:hidden">{lists}</div>
      {all.length === 0 && (
        <Empty
          icon={<FolderOpen className="size-5" strokeWidth={1.5} />}
          title="Give related tasks a place"
        >
          A project keeps its tasks in one list, in the order you choose. Tasks without one are in
          the Inbox.
        </Empty>
      )}
      <Rows projects={projects} />
      <Button className="mt-4" onClick={() => projectForm.set('new')}>
        <Plus aria-hidden className="size-4" strokeWidth={1.75} />
        Add a project
      </Button>
      {archived.length > 0 && (
        <section aria-label="Archive" className="pt-8">
          <h2 className="mb-1 border-b pb-1.5 text-13 font-semibold text-soft">Archive</h2>
          <Rows projects={archived} />
        </section>
      )}
    </>
  )
}

function Rows({ projects }: { projects: Project[] }) {
  return (
    <ul className="-mx-3 flex flex-col">
      {projects.map((project) => (
        <li
          key={project.id}
          className="flex items-center gap-1 rounded-control pr-1 hover:bg-hover"
        >
          <Link
            href={`/projects/${project.id}`}
            className="flex min-h-10 min-w-0 flex-1 items-center gap-3 px-3 max-sm:min-h-13"
          >
            <ProjectMark project={project} />
            <span dir="auto" className="min-w-0 flex-1 truncate text-15 font-[470]">
              {project.name}
            </span>
            {project.open.value > 0 && (
              <span className="text-13 text-muted tabular">
                {countWords(project.open)}
                <span className="sr-only"> open</span>
              </span>
            )}
          </Link>
          <ProjectMenu project={project}>
            {!project.archived && <OrderEntries project={project} projects={projects} />}
          </ProjectMenu>
        </li>
      ))}
    </ul>
  )
}
