'use client'

import { CalendarPlus } from 'lucide-react'
import { useState } from 'react'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import { Copyable } from './entries'
import { Row } from './section'

/** The server keeps the address but never tells it again, so all there is to do is a new one, or none. */
export function CalendarFeed() {
  const [url, setUrl] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true)
    try {
      await work()
    } catch (error) {
      toast.error(sentence(error))
    }
    setBusy(false)
  }

  return (
    <Row
      label="Calendar feed"
      hint="An address that calendar programs subscribe to. Whoever has it can read your open tasks; a new one ends the one before."
    >
      <div className="flex flex-col gap-2.5">
        {url && <Copyable value={url} label="Address of the calendar feed" />}
        <div className="flex flex-wrap gap-2">
          <Button
            busy={busy}
            onClick={() => void attempt(async () => setUrl((await api.createFeed()).url))}
          >
            <CalendarPlus aria-hidden className="size-4" strokeWidth={1.5} />
            New address
          </Button>
          <Button
            look="quiet"
            disabled={busy}
            onClick={() =>
              void attempt(async () => {
                await api.closeFeed()
                setUrl(null)
                toast('The feed is closed: its address no longer works.')
              })
            }
          >
            Close the feed
          </Button>
        </div>
      </div>
    </Row>
  )
}
