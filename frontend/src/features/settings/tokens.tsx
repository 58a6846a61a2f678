'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { toast } from '@/components/ui/toast'
import { api } from '@/api/browser'
import { sentence } from '@/api/problem'
import type { Token, TokenPage } from '@/api/types'
import { Button, IconButton } from '@/components/ui/button'
import { Field, Input, Select } from '@/components/ui/field'
import { Dialog } from '@/components/ui/layers'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import { agoWords, shortDate } from '@/lib/words'
import { Entries, Entry, ShownOnce } from './entries'
import { Section } from './section'

export function Tokens({ initial }: { initial: TokenPage }) {
  const client = useQueryClient()
  const { now, zone } = useClock()
  const [creating, setCreating] = useState(false)
  const { data } = useQuery({
    queryKey: keys.tokens,
    queryFn: () => api.tokens(),
    initialData: initial,
  })
  const refresh = () => client.invalidateQueries({ queryKey: keys.tokens })
  const revoke = async (token: Token) => {
    try {
      await api.deleteToken(token.id)
      toast(`“${token.name}” no longer works.`)
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
            <Entry
              key={token.id}
              icon={<KeyRound />}
              name={token.name}
              about={[
                `${token.prefix}…`,
                token.scope === 'read' ? 'reads only' : 'reads and writes',
                token.expires_at
                  ? `until ${shortDate(new Date(token.expires_at), now, zone)}`
                  : 'never expires',
                token.last_used_at
                  ? `used ${agoWords(new Date(token.last_used_at), now, zone)}`
                  : 'never used',
              ]}
            >
              <IconButton label={`Revoke ${token.name}`} onClick={() => void revoke(token)}>
                <Trash2 aria-hidden className="size-4" strokeWidth={1.5} />
              </IconButton>
            </Entry>
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

function TokenForm({ onCreated, onDone }: { onCreated: () => void; onDone: () => void }) {
  const [name, setName] = useState('')
  const [scope, setScope] = useState<'read' | 'write'>('write')
  const [days, setDays] = useState('90')
  const [secret, setSecret] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)

  const create = async () => {
    setBusy(true)
    setProblem(null)
    try {
      const made = await api.createToken({
        name: name.trim(),
        scope,
        ...(days ? { expires_in_days: Number(days) } : {}),
      })
      setSecret(made.token ?? null)
      onCreated()
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  if (secret)
    return (
      <ShownOnce secret={secret} onDone={onDone}>
        Whoever has it acts as you.
      </ShownOnce>
    )
  return (
    <form
      className="flex flex-col gap-4 px-5 pt-2 pb-5"
      onSubmit={(event) => {
        event.preventDefault()
        void create()
      }}
    >
      <Field label="Name" hint="What will use it" error={problem ? sentence(problem) : undefined}>
        {(props) => (
          <Input
            {...props}
            required
            autoFocus
            maxLength={100}
            placeholder="Laptop, command line"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-4">
        <Field label="May">
          {(props) => (
            <Select
              {...props}
              className="w-full"
              value={scope}
              onChange={(event) => setScope(event.target.value as 'read' | 'write')}
            >
              <option value="write">read and write</option>
              <option value="read">only read</option>
            </Select>
          )}
        </Field>
        <Field label="Expires">
          {(props) => (
            <Select
              {...props}
              className="w-full"
              value={days}
              onChange={(event) => setDays(event.target.value)}
            >
              <option value="30">in 30 days</option>
              <option value="90">in 90 days</option>
              <option value="365">in a year</option>
              <option value="">never</option>
            </Select>
          )}
        </Field>
      </div>
      <Button look="primary" type="submit" busy={busy} className="self-end">
        Create
      </Button>
    </form>
  )
}
