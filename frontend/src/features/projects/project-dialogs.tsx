/** The form of a project, and the question before one is deleted. */
'use client'

import { useRouter, usePathname } from 'next/navigation'
import { useState } from 'react'
import { Problem, sentence } from '@/api/problem'
import type { Colour, Project } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Dialog } from '@/components/ui/layers'
import { DOT } from '@/components/ui/project-mark'
import { cn } from '@/lib/cn'
import { countWords } from '@/session/counts'
import { useProjectActions } from './actions'
import { deleting, projectForm } from './dialogs'

export function ProjectDialogs() {
  const form = projectForm.use()
  const gone = deleting.use()
  return (
    <>
      <Dialog
        open={form !== null}
        onOpenChange={() => projectForm.set(null)}
        title={form === 'new' ? 'New project' : 'Edit project'}
        className="sm:max-w-100"
      >
        {form && <ProjectForm project={form === 'new' ? null : form} />}
      </Dialog>
      <Dialog
        open={gone !== null}
        onOpenChange={() => deleting.set(null)}
        title={gone ? `Delete “${gone.name}”?` : ''}
        className="sm:max-w-115"
      >
        {gone && <DeleteQuestion project={gone} />}
      </Dialog>
    </>
  )
}

const COLOURS = Object.keys(DOT) as Colour[]

function ProjectForm({ project }: { project: Project | null }) {
  const actions = useProjectActions()
  const router = useRouter()
  const [name, setName] = useState(project?.name ?? '')
  const [colour, setColour] = useState<Colour>(project?.colour ?? 'blue')
  const [icon, setIcon] = useState(project?.icon ?? '')
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<unknown>(null)
  const on = (field: string) => (refused instanceof Problem ? refused.on(field) : undefined)
  const other = refused && !on('name') && !on('icon') ? sentence(refused) : undefined

  const save = async () => {
    setBusy(true)
    setRefused(null)
    try {
      const values = { name, colour, icon: icon.trim() || null }
      if (project) await actions.edit(project, values)
      else router.push(`/projects/${(await actions.create(values)).id}`)
      projectForm.set(null)
    } catch (error) {
      setRefused(error)
      setBusy(false)
    }
  }

  return (
    <form
      className="flex flex-col gap-4 px-5 pt-2 pb-5"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Field label="Name" error={on('name') ?? other}>
        {(field) => (
          <Input
            {...field}
            autoFocus
            required
            maxLength={100}
            dir="auto"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Colours value={colour} onChange={setColour} />
      <Field label="Emoji" hint="Optional, shown instead of the dot" error={on('icon')}>
        {(field) => (
          <Input
            {...field}
            maxLength={8}
            value={icon}
            onChange={(event) => setIcon(event.target.value)}
            className="w-20 text-center"
          />
        )}
      </Field>
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={() => projectForm.set(null)}>
          Cancel
        </Button>
        <Button look="primary" type="submit" busy={busy}>
          {project ? 'Save' : 'Add project'}
        </Button>
      </div>
    </form>
  )
}

function Colours({ value, onChange }: { value: Colour; onChange: (value: Colour) => void }) {
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="pb-1.5 text-13 font-medium text-soft">Colour</legend>
      <div className="-ml-2.5 flex flex-wrap gap-1">
        {COLOURS.map((colour) => (
          <label
            key={colour}
            title={colour}
            className={cn(
              'flex size-9 cursor-pointer items-center justify-center rounded-full border-2 border-transparent has-focus-visible:ring-2 has-focus-visible:ring-accent/40 max-sm:size-11',
              colour === value && 'border-edge bg-hover',
            )}
          >
            <input
              type="radio"
              name="colour"
              aria-label={colour}
              checked={colour === value}
              onChange={() => onChange(colour)}
              className="sr-only"
            />
            <span aria-hidden className={cn('size-4 rounded-full', DOT[colour])} />
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function DeleteQuestion({ project }: { project: Project }) {
  const actions = useProjectActions()
  const router = useRouter()
  const here = usePathname() === `/projects/${project.id}`
  const remove = (tasks: 'inbox' | 'trash') => {
    deleting.set(null)
    void actions.remove(project, tasks)
    if (here) router.push('/inbox')
  }
  const { open } = project
  return (
    <div className="flex flex-col gap-4 px-5 pt-1 pb-5">
      <p className="text-14 text-soft">
        {open.value === 0
          ? 'It has no open tasks. If it has completed tasks, where should they go? You can undo this.'
          : `It has ${countWords(open)} open ${open.value === 1 && !open.capped ? 'task' : 'tasks'}. Where should its tasks go? You can undo this.`}
      </p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={() => deleting.set(null)}>
          Cancel
        </Button>
        <Button look="danger" onClick={() => remove('trash')}>
          Move tasks to the trash
        </Button>
        <Button look="primary" onClick={() => remove('inbox')}>
          Move tasks to the Inbox
        </Button>
      </div>
    </div>
  )
}
