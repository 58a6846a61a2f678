/** Settings: the list of personal access tokens. */
'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { toast } from '@/components/ui/toast'
import { settings } from '@/api/settings'
import { sentence } from '@/api/problem'
import type { Token, TokenPage } from '@/api/types'
import { Button, IconButton } from '@/components/ui/button'
import { Dialog } from '@/components/ui/layers'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import { agoWords, shortDate } from '@/lib/words'
import { Entries, Entry } from './entries'
import { Section } from './section'
import { TokenForm } from './token-form'

export function Tokens({ initial }: { initial: TokenPage }) {
  const client = useQueryClient()
  const [creating, setCreating] = useState(false)
  const { data } = useQuery({
    queryKey: keys.tokens,
    queryFn: () => settings.tokens(),
    initialData: initial,
  })
  const refresh = () => client.invalidateQueries({ queryKey: keys.account })
  const revoke = async (token: Token) => {
    try {
      await settings.deleteToken(token.id)
      toast(`The token “${token.name}” no longer works.`)
    } catch (error) {
      toast.error(sentence(error))
    }
    void refresh()
  }

  return (
    <Section
      id="tokens"
      title="Access tokens"
      about="For the command line, scripts and other programs that act for you."
    >
      {data.items.length > 0 && (
        <Entries>
          {data.items.map((token) => (
            <TokenEntry key={token.id} token={token} onRevoke={() => void revoke(token)} />
          ))}
        </Entries>
      )}
      <Button className="self-start" onClick={() => setCreating(true)}>
        <Plus aria-hidden className="size-4" strokeWidth={1.75} />
        New token
      </Button>
      <Dialog open={creating} onOpenChange={setCreating} title="New access token">
        {creating && (
          <TokenForm onCreated={() => void refresh()} onDone={() => setCreating(false)} />
        )}
      </Dialog>
    </Section>
  )
}

function TokenEntry({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { now, zone } = useClock()
  return (
    <Entry
      icon={<KeyRound />}
      name={token.name}
      about={[
        `${token.prefix}…`,
        token.scope === 'read' ? 'read only' : 'read and write',
        token.expires_at
          ? `expires ${shortDate(new Date(token.expires_at), now, zone)}`
          : 'never expires',
        token.last_used_at
          ? `last used: ${agoWords(new Date(token.last_used_at), now, zone)}`
          : 'never used',
      ]}
    >
      <IconButton label={`Revoke ${token.name}`} onClick={onRevoke}>
        <Trash2 aria-hidden className="size-4" strokeWidth={1.5} />
      </IconButton>
    </Entry>
  )
}
