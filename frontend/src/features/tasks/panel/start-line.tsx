/** The line of the panel with the start date: the task sleeps in lists until then. */
'use client'

import { Hourglass } from 'lucide-react'
import { useState } from 'react'
import type { Task } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/layers'
import { useClock } from '@/session/clock'
import { WhenPicker } from '../controls/lazy'
import { startPatch, startWhen, startWords } from '../model/start'
import { PanelLine, ValueButton } from './panel-line'
import type { Edit } from './use-edit'

export function StartLine({ task, edit, error }: { task: Task; edit: Edit; error?: string }) {
  const { now, zone } = useClock()
  const [open, setOpen] = useState(false)
  const [when, setWhen] = useState(() => startWhen(task, zone))
  const words = startWords(task, now, zone)

  const openChange = (next: boolean) => {
    setOpen(next)
    const before = startWhen(task, zone)
    if (next) return setWhen(before)
    if (when.date === before.date && when.time === before.time) return
    edit(startPatch(task, when))
  }

  return (
    <PanelLine icon={<Hourglass />} label="Start" error={error}>
      <Popover
        open={open}
        onOpenChange={openChange}
        aria-label="Start"
        trigger={
          <ValueButton title={words?.exact}>
            {words?.text ?? <span className="text-muted">Add a start date</span>}
          </ValueButton>
        }
      >
        <WhenPicker value={when} onChange={setWhen} withZone={false} />
        <div className="sticky bottom-0 flex justify-end border-t bg-raised p-2">
          <Button look="primary" className="w-full" onClick={() => openChange(false)}>
            Set
          </Button>
        </div>
      </Popover>
    </PanelLine>
  )
}
