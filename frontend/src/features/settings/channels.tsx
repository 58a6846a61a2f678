/** Settings: the list of channels through which reminders are sent. */
'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { settings } from '@/api/settings'
import type { Channel, ChannelPage } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { keys } from '@/session/query-keys'
import { ChannelEntry } from './channel-entry'
import { ChannelForm } from './channel-form'
import { Entries } from './entries'
import { Section } from './section'

export function Channels({ initial }: { initial: ChannelPage }) {
  const client = useQueryClient()
  const [editing, setEditing] = useState<Channel | 'new' | null>(null)
  const { data } = useQuery({
    queryKey: keys.channels,
    queryFn: () => settings.channels(),
    initialData: initial,
  })
  const refresh = () => void client.invalidateQueries({ queryKey: keys.account })

  return (
    <Section
      id="channels"
      title="Channels"
      about="Reminders always appear in the bell. Channels also send them elsewhere, in this order. When you react to a reminder, the later channels do not send it."
    >
      <Entries>
        {data.items.map((channel) => (
          <ChannelEntry
            key={channel.id}
            channel={channel}
            onEdit={() => setEditing(channel)}
            onChanged={refresh}
          />
        ))}
        {data.items.length === 0 && (
          <li className="py-2 text-muted">No channels yet. Reminders appear only in this page.</li>
        )}
      </Entries>
      <Button className="self-start" onClick={() => setEditing('new')}>
        <Plus aria-hidden className="size-4" strokeWidth={1.75} />
        Add a channel
      </Button>
      <Dialog
        open={editing !== null}
        onOpenChange={() => setEditing(null)}
        title={editing === 'new' ? 'Add a channel' : 'Edit the channel'}
      >
        {editing !== null && (
          <ChannelForm
            channel={editing === 'new' ? null : editing}
            pushKey={data.push_public_key}
            onDone={() => {
              setEditing(null)
              refresh()
            }}
          />
        )}
      </Dialog>
    </Section>
  )
}
