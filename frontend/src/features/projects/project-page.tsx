/** The page of one project: its open tasks in their order, and the field that adds to it. */
'use client'

import { FolderX } from 'lucide-react'
import Link from 'next/link'
import { useMemo } from 'react'
import { Empty } from '@/components/ui/primitives'
import { PageHead } from '@/components/ui/page-head'
import { ProjectMark } from '@/components/ui/project-mark'
import { Bell } from '@/features/notifications/bell'
import { TaskList } from '@/features/tasks/list/task-list'
import type { InitialPage } from '@/features/tasks/list/use-task-list'
import { QuickAdd } from '@/features/tasks/quick-add/quick-add'
import { countWords } from '@/session/counts'
import { useProject } from '@/session/projects'
import { ProjectMenu } from './project-menu'

export function ProjectPage({ id, initial }: { id: number; initial: InitialPage }) {
  const project = useProject(id)
  const view = useMemo(() => ({ name: 'project', param: String(id) }) as const, [id])
  if (!project)
    return (
      <>
        <PageHead title="Project" actions={<Bell />} />
        <Empty
          icon={<FolderX className="size-5" strokeWidth={1.5} />}
          title="This project was deleted"
        >
          <Link href="/inbox" className="text-accent underline underline-offset-4">
            Go to the Inbox
          </Link>
        </Empty>
      </>
    )
  return (
    <>
      <PageHead
        title={project.name}
        mark={
          <ProjectMark project={project} className="mr-2.5 inline-flex scale-150 align-middle" />
        }
        actions={
          <>
            <ProjectMenu project={project} />
            <Bell />
          </>
        }
      >
        {project.archived ? 'In the archive' : `${countWords(project.open)} open`}
      </PageHead>
      {!project.archived && <QuickAdd className="mb-6 max-sm:hidden" />}
      <TaskList view={view} initial={initial} />
    </>
  )
}
