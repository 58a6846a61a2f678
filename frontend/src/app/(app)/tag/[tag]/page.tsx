/** The open tasks with one tag. */
import type { Metadata } from 'next'
import { ListPage } from '@/features/tasks/list/list-page'

interface TagProps {
  params: Promise<{ tag: string }>
}

export async function generateMetadata({ params }: TagProps): Promise<Metadata> {
  return { title: `#${decodeURIComponent((await params).tag)}` }
}

export default async function TagPage({ params }: TagProps) {
  return <ListPage view={{ name: 'tag', param: decodeURIComponent((await params).tag) }} />
}
