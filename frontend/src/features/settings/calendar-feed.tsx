/** Settings: the secret link of the calendar feed. */
'use client'

import { useQueryClient } from '@tanstack/react-query'
import { CalendarPlus } from 'lucide-react'
import { useState } from 'react'
import { settings } from '@/api/settings'
import { sentence } from '@/api/problem'
import { Button } from '@/components/ui/button'
import { toast } from '@/components/ui/toast'
import { keys } from '@/session/query-keys'
import { Copyable } from './entries'
import { Row } from './section'

/** The server never shows the link again, so the page can only create a new one or disable the feed. */
export function CalendarFeed() {
  const client = useQueryClient()
  const [url, setUrl] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true)
    try {
      await work()
      void client.invalidateQueries({ queryKey: keys.account })
    } catch (error) {
      toast.error(sentence(error))
    }
    setBusy(false)
  }

  return (
    <Row
      label="Calendar feed"
      hint="A link for calendar programs. Anyone who has it can read your open tasks; a new link disables the old one."
    >
      <div className="flex flex-col gap-2.5">
        {url && <Copyable value={url} label="Link to the calendar feed" />}
        <div className="flex flex-wrap gap-2">
          <Button
            busy={busy}
            onClick={() => void attempt(async () => setUrl((await settings.createFeed()).url))}
          >
            <CalendarPlus aria-hidden className="size-4" strokeWidth={1.5} />
            New link
          </Button>
          <Button
            look="quiet"
            disabled={busy}
            onClick={() =>
              void attempt(async () => {
                await settings.closeFeed()
                setUrl(null)
                toast('The feed is disabled. Its link no longer works.')
              })
            }
          >
            Disable the feed
          </Button>
        </div>
      </div>
    </Row>
  )
}
