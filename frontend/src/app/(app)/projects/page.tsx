/** All projects. */
import type { Metadata } from 'next'
import { ProjectsPage } from '@/features/projects/projects-page'
import { OtherLists } from '@/shell/other-lists'

export const metadata: Metadata = { title: 'Projects' }

export default function AllProjectsPage() {
  return <ProjectsPage lists={<OtherLists />} />
}
