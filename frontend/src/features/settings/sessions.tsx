/** Settings: where the person is signed in. */
'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { LogOut, Monitor, Smartphone } from 'lucide-react'
import { useState } from 'react'
import { account } from '@/api/account'
import { sentence } from '@/api/problem'
import type { Session } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { toast } from '@/components/ui/toast'
import { agoWords, shortDate } from '@/lib/words'
import { useClock } from '@/session/clock'
import { leave } from '@/session/logout'
import { keys } from '@/session/query-keys'
import { Entries, Entry } from './entries'
import { Section } from './section'

export function Sessions() {
  const client = useQueryClient()
  const [leaving, setLeaving] = useState(false)
  const { data } = useQuery({ queryKey: keys.sessions, queryFn: () => account.sessions() })
  const end = async (session: Session) => {
    try {
      await account.endSession(session.id)
      toast(`${session.device || 'The device'} is signed out.`)
    } catch (error) {
      toast.error(sentence(error))
    }
    void client.invalidateQueries({ queryKey: keys.account })
  }
  const endAll = async () => {
    setLeaving(false)
    try {
      await leave(client, () => account.endAllSessions())
    } catch (error) {
      toast.error(sentence(error))
    }
  }

  return (
    <Section
      id="sessions"
      title="Signed-in devices"
      about="If you do not recognise a device, sign it out and change your password."
    >
      <Entries>
        {(data?.items ?? []).map((session) => (
          <SessionEntry key={session.id} session={session} onEnd={() => void end(session)} />
        ))}
      </Entries>
      <Button className="self-start" onClick={() => setLeaving(true)}>
        <LogOut aria-hidden className="size-4" strokeWidth={1.5} />
        Sign out everywhere
      </Button>
      <Dialog
        open={leaving}
        onOpenChange={setLeaving}
        title="Sign out everywhere?"
        description="All devices will be signed out, including this one. Access tokens, assistants and the calendar feed keep working. You can end each of them in its own section."
      >
        <div className="flex justify-end gap-2 px-5 pt-4 pb-5">
          <Button onClick={() => setLeaving(false)}>Stay signed in</Button>
          <Button look="danger" onClick={() => void endAll()}>
            Sign out everywhere
          </Button>
        </div>
      </Dialog>
    </Section>
  )
}

function SessionEntry({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { now, zone } = useClock()
  const name = session.device || 'Unknown device'
  return (
    <Entry
      icon={/Android|iPhone|iPad/.test(session.device) ? <Smartphone /> : <Monitor />}
      name={name}
      about={[
        session.current ? 'this device' : agoWords(new Date(session.last_used_at), now, zone),
        session.address,
        `since ${shortDate(new Date(session.created_at), now, zone)}`,
      ]}
    >
      {!session.current && (
        <Button look="quiet" aria-label={`Sign out ${name}`} onClick={onEnd}>
          Sign out
        </Button>
      )}
    </Entry>
  )
}
