/** Settings: the assistants that were connected through OAuth. */
'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Bot } from 'lucide-react'
import { useState } from 'react'
import { settings } from '@/api/settings'
import { sentence } from '@/api/problem'
import type { Assistant, AssistantPage } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { toast } from '@/components/ui/toast'
import { shortWords } from '@/features/connect/scope-words'
import { agoWords, plural, shortDate } from '@/lib/words'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import { Entries, Entry } from './entries'
import { Section } from './section'

const DID: Record<string, string> = {
  task_created: 'added',
  task_completed: 'completed',
  task_deleted: 'deleted',
}

export function Assistants({ initial }: { initial: AssistantPage }) {
  const client = useQueryClient()
  const [leaving, setLeaving] = useState<Assistant | null>(null)
  const { data } = useQuery({
    queryKey: keys.assistants,
    queryFn: () => settings.connectedAssistants(),
    initialData: initial,
  })
  const disconnect = async (assistant: Assistant) => {
    setLeaving(null)
    try {
      await settings.disconnectAssistant(assistant.id)
      toast(`“${assistant.name}” is disconnected.`)
    } catch (error) {
      toast.error(sentence(error))
    }
    void client.invalidateQueries({ queryKey: keys.account })
  }

  return (
    <Section
      id="assistants"
      title="Connected assistants"
      about="Programs such as Claude, ChatGPT or an editor that you allowed to use your tasks."
    >
      {data.items.length > 0 ? (
        <Entries>
          {data.items.map((assistant) => (
            <AssistantEntry
              key={assistant.id}
              assistant={assistant}
              onDisconnect={() => setLeaving(assistant)}
            />
          ))}
        </Entries>
      ) : (
        <p className="text-14 text-muted">
          None yet. Give your assistant the address of this site followed by /mcp.
        </p>
      )}
      <Dialog
        open={leaving !== null}
        onOpenChange={() => setLeaving(null)}
        title={`Disconnect ${leaving?.name ?? ''}?`}
        description="It loses access at once. This cannot be undone; you can connect it again from the assistant."
      >
        {leaving && (
          <div className="flex justify-end gap-2 px-5 pt-4 pb-5">
            <Button onClick={() => setLeaving(null)}>Keep it</Button>
            <Button look="danger" onClick={() => void disconnect(leaving)}>
              Disconnect
            </Button>
          </div>
        )}
      </Dialog>
    </Section>
  )
}

function AssistantEntry({
  assistant,
  onDisconnect,
}: {
  assistant: Assistant
  onDisconnect: () => void
}) {
  const { now, zone } = useClock()
  const last = assistant.last_changes.map(
    ({ event_type, title }) => `${DID[event_type] ?? 'changed'} “${title ?? 'a task'}”`,
  )
  return (
    <Entry
      icon={<Bot />}
      name={assistant.name}
      about={[
        assistant.host ?? 'registered itself, not verified',
        shortWords(assistant.scopes),
        `connected ${shortDate(new Date(assistant.created_at), now, zone)}`,
        assistant.last_used_at
          ? `last used: ${agoWords(new Date(assistant.last_used_at), now, zone)}`
          : 'never used',
      ]}
      more={
        assistant.changes > 0 && `${plural(assistant.changes, 'change')}, last: ${last.join(', ')}`
      }
    >
      <Button look="quiet" aria-label={`Disconnect ${assistant.name}`} onClick={onDisconnect}>
        Disconnect
      </Button>
    </Entry>
  )
}
