'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import {
  AtSign,
  Bell,
  Ellipsis,
  Pencil,
  Plus,
  Radio,
  Send,
  Smartphone,
  Trash2,
  Webhook,
} from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { toast } from 'sonner'
import { api } from '@/api/browser'
import { Problem, sentence } from '@/api/problem'
import type { Channel, Page } from '@/api/types'
import { Switch } from '@/components/ui/bits'
import { Button, IconButton } from '@/components/ui/button'
import { Field, Input, Select } from '@/components/ui/field'
import { Dialog, Menu, MenuItem, MenuLine } from '@/components/ui/layers'
import { keys } from '@/features/tasks/cache'
import { CHANNEL_KINDS, kindOf } from './channel-kinds'
import { Section } from './section'

const ICON: Record<string, ReactNode> = {
  in_app: <Bell />,
  email: <AtSign />,
  webpush: <Smartphone />,
  webhook: <Webhook />,
  apprise: <Radio />,
}

export function Channels({ initial }: { initial: Page<Channel> }) {
  const client = useQueryClient()
  const [editing, setEditing] = useState<Channel | 'new' | null>(null)
  const { data } = useQuery({
    queryKey: keys.channels,
    queryFn: () => api.channels(),
    initialData: initial,
  })
  const refresh = () => client.invalidateQueries({ queryKey: keys.channels })
  const attempt = async (work: Promise<unknown>, words: string) => {
    try {
      await work
      toast(words)
    } catch (error) {
      toast.error(sentence(error))
    } finally {
      void refresh()
    }
  }

  return (
    <Section id="channels" title="Channels" about="Where reminders reach you, in this order.">
      <ul className="-my-2 flex flex-col">
        {data.items.map((channel) => {
          const kind = kindOf(channel.kind)
          return (
            <li
              key={channel.id}
              className="flex min-h-14 items-center gap-3 border-b py-2 last:border-b-0"
            >
              <span
                aria-hidden
                className="flex size-8 items-center justify-center rounded-full bg-hover text-muted [&>svg]:size-4 [&>svg]:stroke-[1.5]"
              >
                {ICON[kind.kind] ?? <Bell />}
              </span>
              <div className="min-w-0 flex-1">
                <p className="font-medium">{channel.name || kind.label}</p>
                <p className="truncate text-13 text-muted">
                  {channel.last_error ? (
                    <span className="text-red">{channel.last_error}</span>
                  ) : (
                    (channel.address ?? kind.about)
                  )}
                </p>
              </div>
              {channel.enabled !== undefined && (
                <Switch
                  label={`${channel.name || kind.label} on`}
                  checked={channel.enabled}
                  onCheckedChange={(enabled) =>
                    void attempt(
                      api.changeChannel(channel.id, { enabled }),
                      enabled ? 'Switched on.' : 'Switched off.',
                    )
                  }
                />
              )}
              <Button
                look="quiet"
                className="max-sm:hidden"
                onClick={() => void attempt(api.testChannel(channel.id), 'A test is on its way.')}
              >
                Send a test
              </Button>
              <Menu
                trigger={
                  <IconButton label={`More about ${channel.name || kind.label}`}>
                    <Ellipsis aria-hidden className="size-4" strokeWidth={1.75} />
                  </IconButton>
                }
              >
                <MenuItem
                  icon={<Send className="size-4" strokeWidth={1.5} />}
                  onSelect={() =>
                    void attempt(api.testChannel(channel.id), 'A test is on its way.')
                  }
                >
                  Send a test
                </MenuItem>
                {kind.field && (
                  <MenuItem
                    icon={<Pencil className="size-4" strokeWidth={1.5} />}
                    onSelect={() => setEditing(channel)}
                  >
                    Edit
                  </MenuItem>
                )}
                <MenuLine />
                <MenuItem
                  danger
                  icon={<Trash2 className="size-4" strokeWidth={1.5} />}
                  onSelect={() => void attempt(api.deleteChannel(channel.id), 'Channel removed.')}
                >
                  Remove
                </MenuItem>
              </Menu>
            </li>
          )
        })}
        {data.items.length === 0 && (
          <li className="py-2 text-muted">No channel yet: reminders only ring in the page.</li>
        )}
      </ul>
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
            onDone={() => {
              setEditing(null)
              void refresh()
            }}
          />
        )}
      </Dialog>
    </Section>
  )
}

function ChannelForm({ channel, onDone }: { channel: Channel | null; onDone: () => void }) {
  const addable = CHANNEL_KINDS.filter((kind) => kind.field)
  const [kind, setKind] = useState(channel?.kind ?? addable[0]?.kind ?? 'email')
  const [address, setAddress] = useState(channel?.address ?? '')
  const [name, setName] = useState(channel?.name ?? '')
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const about = kindOf(kind)

  const save = async () => {
    setBusy(true)
    setProblem(null)
    const body = { address: address.trim(), ...(name.trim() ? { name: name.trim() } : {}) }
    try {
      if (channel) await api.changeChannel(channel.id, body)
      else await api.createChannel({ kind, ...body })
      onDone()
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  return (
    <form
      className="flex flex-col gap-4 px-5 pt-2 pb-5"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      {!channel && (
        <Field label="Kind" hint={about.about}>
          {(props) => (
            <Select
              {...props}
              className="w-full"
              value={kind}
              onChange={(event) => setKind(event.target.value)}
            >
              {addable.map((choice) => (
                <option key={choice.kind} value={choice.kind}>
                  {choice.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <Field
        label={about.field ?? 'Address'}
        error={
          problem ? (problem instanceof Problem ? problem.message : sentence(problem)) : undefined
        }
      >
        {(props) => (
          <Input
            {...props}
            required
            autoFocus
            value={address}
            type={kind === 'email' ? 'email' : 'text'}
            placeholder={about.example}
            onChange={(event) => setAddress(event.target.value)}
          />
        )}
      </Field>
      <Field label="Name" hint="Only for you; may stay empty">
        {(props) => (
          <Input {...props} value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
      <div className="flex justify-end gap-2">
        <Button look="primary" type="submit" busy={busy}>
          {channel ? 'Save' : 'Add'}
        </Button>
      </div>
    </form>
  )
}
