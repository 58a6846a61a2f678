/** The texts of a change that somebody has to decide about: what was typed here, and what the server has. */
'use client'

import { useClock } from '@/session/clock'
import { useProjects } from '@/session/projects'
import { fieldWords } from '../model/change-words'
import type { OutboxRow } from '../state/rows'

export function Versions({ row }: { row: OutboxRow }) {
  const { now, zone } = useClock()
  const reading = { now, zone, projects: useProjects() }
  const { change, state, theirs } = row
  if (change.kind !== 'edit' || (state !== 'disputed' && state !== 'deleted')) return null
  const disputed = state === 'disputed' && theirs ? theirs : null
  return (
    <div className={disputed ? 'grid gap-2 sm:grid-cols-2' : undefined}>
      <Version label="Yours" lines={fieldWords(change.patch, change.task, reading)} />
      {disputed && (
        <Version
          label="Elsewhere"
          lines={fieldWords(
            Object.fromEntries(
              Object.keys(change.patch).map((field) => [
                field,
                disputed[field as keyof typeof disputed],
              ]),
            ),
            disputed,
            reading,
          )}
        />
      )}
    </div>
  )
}

function Version({ label, lines }: { label: string; lines: string[] }) {
  return (
    <div className="min-w-0 rounded-control border bg-surface px-3 py-2">
      <p className="pb-0.5 text-13 text-muted">{label}</p>
      {lines.map((line) => (
        <p
          key={line}
          dir="auto"
          className="max-h-40 overflow-y-auto text-14 wrap-anywhere whitespace-pre-wrap"
        >
          {line}
        </p>
      ))}
    </div>
  )
}
