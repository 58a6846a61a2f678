/** The projects of the person, as the navigation and the rows show them. */
'use client'

import { useQuery } from '@tanstack/react-query'
import { api } from '@/api/browser'
import type { Project } from '@/api/types'
import { keys } from './query-keys'

const NONE: readonly Project[] = []

/** All projects in their order, the archived ones too. */
export function useProjects(): readonly Project[] {
  const { data } = useQuery({ queryKey: keys.projects, queryFn: () => api.projects() })
  return data?.items ?? NONE
}

/** The projects that take new tasks, in their order. */
export function useOpenProjects(): Project[] {
  return useProjects().filter(({ archived }) => !archived)
}

/** The project with this id; undefined for the Inbox. */
export function useProject(id: number | null): Project | undefined {
  return useProjects().find((project) => project.id === id)
}
