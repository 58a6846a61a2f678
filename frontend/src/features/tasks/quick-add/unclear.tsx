/** The words that were not understood. One that looks like a new project can be made one. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { projectsApi } from '@/api/projects'
import { sentence } from '@/api/problem'
import { TextButton } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import { keys, refetch } from '@/session/query-keys'
import { newProjectName } from '../model/quick-add'

export function Unclear({ words }: { words: string[] }) {
  const client = useQueryClient()
  if (words.length === 0) return null
  const names = words.flatMap((one) => newProjectName(one) ?? [])
  const others = words.filter((one) => newProjectName(one) === null)
  const create = async (name: string) => {
    try {
      await projectsApi.create({ name })
      await Promise.all([refetch(client, keys.projects), refetch(client, keys.parses)])
    } catch (error) {
      toast.error(sentence(error))
    }
  }
  return (
    <>
      {names.map((name) => (
        <TextButton key={name} tone="accent" onClick={() => void create(name)}>
          <Plus aria-hidden className="size-3.5" strokeWidth={2} />
          Create the project “{name}”
        </TextButton>
      ))}
      {others.length > 0 && (
        <span className="pl-1 text-13 text-muted">
          Not understood: {others.map((one) => `“${one}”`).join(', ')}
        </span>
      )}
    </>
  )
}
