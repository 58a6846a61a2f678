/** Imports calendar files that are chosen or dropped here, and lists what was not imported. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { Upload } from 'lucide-react'
import { useRef, useState, type DragEvent } from 'react'
import { settings } from '@/api/settings'
import { Problem, sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { keys } from '@/session/query-keys'
import { cn } from '@/lib/cn'
import { ImportReport, type ImportTotal } from './import-report'

export function ImportFiles() {
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [busy, setBusy] = useState(false)
  const [over, setOver] = useState(false)
  const [total, setTotal] = useState<ImportTotal | null>(null)

  const read = async (files: File[]) => {
    if (!files.length) return
    setBusy(true)
    setTotal(await importAll(files))
    setBusy(false)
    void client.invalidateQueries({ queryKey: keys.all })
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void read([...event.dataTransfer.files])
  }

  return (
    <div
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        'flex flex-col items-start gap-3 rounded-sheet border border-dashed border-edge px-5 py-5 transition-colors duration-150',
        over && 'border-accent bg-accent-soft',
      )}
    >
      <div>
        <p className="font-medium">Import tasks</p>
        <p className="text-13 text-muted">
          Calendar files (.ics) from Apple Reminders, Nextcloud and others. Importing a file twice
          updates tasks; it never duplicates them.
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
      {total && <ImportReport total={total} />}
    </div>
  )
}

/** One file after the other; a refused file does not stop the rest. */
async function importAll(files: File[]): Promise<ImportTotal> {
  const total: ImportTotal = {
    files: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    unsupported: [],
    refused: [],
  }
  for (const file of files) {
    try {
      const report = await settings.importCalendar(await file.text())
      total.files += 1
      total.created += report.created
      total.updated += report.updated
      total.unchanged += report.unchanged
      total.unsupported.push(...report.unsupported)
    } catch (error) {
      const reason = error instanceof Problem ? error.message : sentence(error)
      total.refused.push({ name: file.name, reason })
    }
  }
  return total
}
