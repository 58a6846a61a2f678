/** What a person can do to a project. Each says what it did, and a deletion can be undone. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { projectsApi } from '@/api/projects'
import { isTransient, sentence } from '@/api/problem'
import type { Project, ProjectDraft, ProjectPatch } from '@/api/types'
import { toast } from '@/components/ui/toast'
import { newStep, remember, undoOwn } from '@/features/tasks/state/undo'
import { keys, refetch } from '@/session/query-keys'

export function useProjectActions() {
  const client = useQueryClient()
  return useMemo(() => {
    const settled = () => refetch(client, keys.all)

    /** Runs a change whose failure is only told. False if the change can succeed later. */
    const run = async (change: Promise<unknown>, words?: string): Promise<boolean> => {
      let done = true
      try {
        await change
        if (words) toast(words)
      } catch (error) {
        toast.error(sentence(error))
        done = !isTransient(error)
      }
      await settled()
      return done
    }

    return {
      /** Throws the problem, which the form shows. */
      create: async (draft: ProjectDraft): Promise<Project> => {
        const project = await projectsApi.create(draft)
        await settled()
        return project
      },
      /** As `create`. */
      edit: async (project: Project, patch: ProjectPatch): Promise<void> => {
        await projectsApi.edit(project.id, patch)
        await settled()
      },
      archive: (project: Project) =>
        run(projectsApi.archive(project.id), `“${project.name}” is in the archive.`),
      unarchive: (project: Project) =>
        run(projectsApi.unarchive(project.id), `“${project.name}” is back.`),
      order: (ids: number[]) => run(projectsApi.order(ids)),
      remove: async (project: Project, tasks: 'inbox' | 'trash') => {
        try {
          await projectsApi.remove(project.id, tasks)
        } catch (error) {
          toast.error(sentence(error))
          return
        }
        const step = newStep()
        step.run = () => run(projectsApi.restore(project.id), 'Undone.')
        remember(step)
        const where =
          tasks === 'inbox' ? 'Its tasks are in the Inbox.' : 'Its tasks are in the trash.'
        toast(`“${project.name}” was deleted. ${where}`, {
          action: { label: 'Undo', onClick: () => void undoOwn(step) },
        })
        await settled()
      },
    }
  }, [client])
}
