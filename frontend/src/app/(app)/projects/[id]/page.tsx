/** The open tasks of one project. */
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { requireVisitor, serverApi, visitorProjects } from '@/api/server'
import { ProjectPage } from '@/features/projects/project-page'
import { PAGE_SIZE, viewQuery } from '@/features/tasks/model/views'

interface ProjectProps {
  params: Promise<{ id: string }>
}

const named = cache(async (id: string) => {
  await requireVisitor()
  const { items } = await visitorProjects()
  return items.find((project) => String(project.id) === id)
})

export async function generateMetadata({ params }: ProjectProps): Promise<Metadata> {
  return { title: (await named((await params).id))?.name ?? 'Project' }
}

export default async function OneProjectPage({ params }: ProjectProps) {
  const { id } = await params
  const me = await requireVisitor()
  if (!(await named(id))) notFound()
  const api = await serverApi()
  const now = new Date()
  const query = viewQuery({ name: 'project', param: id }, now, me.timezone)
  const page = await api.tasks({ ...query, limit: PAGE_SIZE })
  return <ProjectPage key={id} id={Number(id)} initial={{ page, at: now.getTime() }} />
}
