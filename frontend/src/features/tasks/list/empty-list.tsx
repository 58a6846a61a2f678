/** What a list shows when it is empty or could not be loaded. */
'use client'

import {
  CalendarDays,
  CircleCheckBig,
  Inbox,
  ListTodo,
  RotateCw,
  SearchX,
  Sun,
  Trash2,
  type LucideIcon,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { Empty, Kbd } from '@/components/ui/primitives'
import { useCounts } from '@/session/counts'
import { useProject } from '@/session/projects'
import type { View } from '../model/views'

/** What a list shows when it has no tasks: one sentence that says how tasks get there. */
export function EmptyList({ view }: { view: View }) {
  switch (view.name) {
    case 'today':
      return <EmptyToday />
    case 'upcoming':
      return (
        <Message icon={CalendarDays} title="Nothing is coming up">
          Tasks with a later date appear here:
          <Example>call Ana friday 14:00</Example>
        </Message>
      )
    case 'all':
      return (
        <Message icon={Inbox} title="No open tasks">
          Everything you add appears here, with or without a date.
        </Message>
      )
    case 'inbox':
      return (
        <Message icon={Inbox} title="Your Inbox is empty">
          Tasks without a project appear here. Move them to a project when you know where they
          belong.
        </Message>
      )
    case 'project':
      return <EmptyProject id={Number(view.param)} />
    case 'tag':
      return (
        <Message icon={Inbox} title={`No open tasks with #${view.param}`}>
          Add <span className="text-soft">#{view.param}</span> to a task and it appears here.
        </Message>
      )
    case 'completed':
      return (
        <Message icon={CircleCheckBig} title="Nothing done yet">
          Completed tasks stay here. You can reopen them.
        </Message>
      )
    case 'trash':
      return (
        <Message icon={Trash2} title="The trash is empty">
          Tasks that you delete appear here.
        </Message>
      )
    case 'search':
      return (
        <Message icon={SearchX} title={`Nothing found for “${view.param}”`}>
          The search covers the titles, tags and notes of open and completed tasks. Try fewer words,
          or only the beginning of a word.
        </Message>
      )
  }
}

export function ListError({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <Message icon={RotateCw} title="The list could not be loaded">
      <p className="pb-4">{sentence(error)}</p>
      <Button onClick={retry}>Try again</Button>
    </Message>
  )
}

function EmptyProject({ id }: { id: number }) {
  const archived = useProject(id)?.archived
  return (
    <Message icon={ListTodo} title="No open tasks">
      {archived ? (
        'This project is archived. Take it out of the archive to add tasks.'
      ) : (
        <>
          <span className="max-sm:hidden">
            Tasks that you type above are added to this project.
          </span>
          <span className="sm:hidden">Tap ＋ to add a task to this project.</span>
        </>
      )}
    </Message>
  )
}

function EmptyToday() {
  const counts = useCounts()
  const first = counts?.open.value === 0 && counts.completed.value === 0
  return (
    <Message icon={Sun} title={first ? 'Add your first task' : 'Nothing left for today'}>
      <span className="max-sm:hidden">
        Press <Kbd>q</Kbd>, or type above:
        <Example>water plants every monday 9:00</Example>
      </span>
      <span className="sm:hidden">
        Tap ＋ and type:
        <Example>water plants every monday 9:00</Example>
      </span>
    </Message>
  )
}

function Message({
  icon: Icon,
  title,
  children,
}: {
  icon: LucideIcon
  title: string
  children: ReactNode
}) {
  return (
    <Empty icon={<Icon className="size-5" strokeWidth={1.5} />} title={title}>
      {children}
    </Empty>
  )
}

/** Text to type, on its own line. */
function Example({ children }: { children: ReactNode }) {
  return <span className="mt-1 block font-medium whitespace-nowrap text-soft">{children}</span>
}
