'use client'

import { useQueryClient } from '@tanstack/react-query'
import { Download, Upload } from 'lucide-react'
import { useRef, useState } from 'react'
import { api } from '@/api/browser'
import { Problem, sentence } from '@/api/problem'
import type { ImportReport } from '@/api/types'
import { Button } from '@/components/ui/button'
import { keys } from '@/session/query-keys'
import { cn } from '@/lib/cn'
import { plural } from '@/lib/words'
import { CalendarFeed } from './calendar-feed'
import { Row, Section } from './section'

interface Total extends ImportReport {
  files: number
  refused: { name: string; reason: string }[]
}

export function Data() {
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [busy, setBusy] = useState(false)
  const [over, setOver] = useState(false)
  const [total, setTotal] = useState<Total | null>(null)

  const read = async (files: File[]) => {
    if (!files.length) return
    setBusy(true)
    const sum: Total = {
      files: 0,
      created: 0,
      updated: 0,
      unchanged: 0,
      unsupported: [],
      refused: [],
    }
    for (const file of files) {
      try {
        const report = await api.importCalendar(await file.text())
        sum.files += 1
        sum.created += report.created
        sum.updated += report.updated
        sum.unchanged += report.unchanged
        sum.unsupported.push(...report.unsupported)
      } catch (error) {
        const reason = error instanceof Problem ? error.message : sentence(error)
        sum.refused.push({ name: file.name, reason })
      }
    }
    setTotal(sum)
    setBusy(false)
    void client.invalidateQueries({ queryKey: keys.all })
  }

  return (
    <Section id="data" title="Import and export">
      <div
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          void read([...event.dataTransfer.files])
        }}
        className={cn(
          'flex flex-col items-start gap-3 rounded-sheet border border-dashed border-edge px-5 py-5 transition-colors duration-150',
          over && 'border-accent bg-accent-soft',
        )}
      >
        <div>
          <p className="font-medium">Bring your tasks along</p>
          <p className="text-13 text-muted">
            Calendar files (.ics) from Apple Reminders, Nextcloud and others. The same file again
            updates instead of doubling.
          </p>
        </div>
        <input
          ref={input}
          type="file"
          multiple
          accept=".ics,text/calendar"
          aria-label="Calendar files"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            void read([...(event.target.files ?? [])])
            event.target.value = ''
          }}
        />
        <Button busy={busy} onClick={() => input.current?.click()}>
          {!busy && <Upload aria-hidden className="size-4" strokeWidth={1.5} />}
          Choose files
        </Button>
        {total && <Report total={total} />}
      </div>
      <CalendarFeed />
      <Row label="Export" hint="All your tasks, with their series and reminders.">
        <a
          href="/api/export"
          download
          className="inline-flex h-9 items-center gap-2 rounded-control border border-edge bg-surface px-3 font-medium hover:bg-hover max-sm:h-11"
        >
          <Download aria-hidden className="size-4" strokeWidth={1.5} />
          Download
        </a>
      </Row>
    </Section>
  )
}

function Report({ total }: { total: Total }) {
  const parts = [
    total.created && `${plural(total.created, 'task')} added`,
    total.updated && `${total.updated} updated`,
    total.unchanged && `${total.unchanged} already there`,
  ].filter(Boolean)
  return (
    <div role="status" className="w-full border-t pt-3">
      {total.files > 0 && (
        <p className="font-medium">
          {parts.length ? `${parts.join(', ')}.` : 'Nothing to import.'}
        </p>
      )}
      {total.refused.map(({ name, reason }, index) => (
        <p key={index} className="text-red">
          {name}: {reason}
        </p>
      ))}
      {byTask(total.unsupported).length > 0 && (
        <>
          <p className="mt-3 text-13 font-medium text-soft">What could not come along</p>
          <ul className="mt-1 flex flex-col gap-2 text-13">
            {byTask(total.unsupported).map(({ task, reasons }) => (
              <li key={task}>
                <p className="font-medium text-soft" dir="auto">
                  {task}
                </p>
                {reasons.map((reason) => (
                  <p key={reason} className="text-muted">
                    {reason}
                  </p>
                ))}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

/** Each task once, each reason once: files repeat themselves. */
function byTask(unsupported: ImportReport['unsupported']): { task: string; reasons: string[] }[] {
  const tasks = new Map<string, Set<string>>()
  for (const { summary, reason } of unsupported) {
    const task = summary || 'The file itself'
    tasks.set(task, (tasks.get(task) ?? new Set()).add(reason))
  }
  return [...tasks].map(([task, reasons]) => ({ task, reasons: [...reasons] }))
}
