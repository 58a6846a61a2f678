/** Finds a project by typing. Enter takes the first one found. */
'use client'

import { Inbox } from 'lucide-react'
import { useState } from 'react'
import { Input } from '@/components/ui/field'
import { ProjectMark } from '@/components/ui/project-mark'
import { useOpenProjects } from '@/session/projects'

export function ProjectFinder({
  chosen,
  onChoose,
}: {
  chosen: number | null
  onChoose: (id: number | null, name: string) => void
}) {
  const projects = useOpenProjects()
  const [text, setText] = useState('')
  const choices = [
    { id: null, name: 'Inbox', project: null },
    ...projects.map((project) => ({ id: project.id, name: project.name, project })),
  ].filter(({ name }) => fold(name).includes(fold(text)))
  return (
    <form
      className="flex min-h-0 flex-col gap-2 px-3 pt-1 pb-3"
      onSubmit={(event) => {
        event.preventDefault()
        const [first] = choices
        if (first) onChoose(first.id, first.name)
      }}
    >
      <Input
        aria-label="Find a project"
        placeholder="Find a project"
        autoFocus
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <ul className="min-h-0 overflow-y-auto">
        {choices.map(({ id, name, project }) => (
          <li key={id ?? 0}>
            <button
              type="button"
              aria-current={id === chosen || undefined}
              onClick={() => onChoose(id, name)}
              className="flex h-9 w-full items-center gap-2.5 rounded-control px-2 text-left hover:bg-hover max-sm:h-11"
            >
              {project ? (
                <ProjectMark project={project} />
              ) : (
                <Inbox aria-hidden className="size-4 text-muted" strokeWidth={1.5} />
              )}
              <span dir="auto" className="min-w-0 flex-1 truncate">
                {name}
              </span>
              {id === chosen && <span className="text-13 text-muted">here</span>}
            </button>
          </li>
        ))}
      </ul>
      {choices.length === 0 && (
        <p className="px-2 text-13 text-muted">No project has this in its name.</p>
      )}
    </form>
  )
}

function fold(text: string): string {
  return text.trim().normalize('NFKD').toLowerCase()
}
