/** The project that the typed text names. */
'use client'

import { FolderOpen, Inbox } from 'lucide-react'
import { useProject } from '@/session/projects'
import type { Part } from '../model/quick-add'
import { PartChip } from './part-chip'

export function ProjectChip({
  id,
  keepAsText,
}: {
  id: number | null
  keepAsText: (part: Part) => void
}) {
  const project = useProject(id)
  return (
    <PartChip
      part="project"
      icon={id === null ? <Inbox /> : <FolderOpen />}
      keepAsText={keepAsText}
    >
      <span dir="auto" className="max-w-48 truncate">
        {project?.name ?? 'Inbox'}
      </span>
    </PartChip>
  )
}
