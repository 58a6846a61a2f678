/** Settings: import, calendar feed and export. */
'use client'

import { Download } from 'lucide-react'
import { CalendarFeed } from './calendar-feed'
import { ImportFiles } from './import-files'
import { Row, Section } from './section'

export function Data() {
  return (
    <Section id="data" title="Import and export">
      <ImportFiles />
      <CalendarFeed />
      <Row label="Export" hint="All your tasks with their repeats and reminders, as JSON.">
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
