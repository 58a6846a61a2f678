'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import {
  AtSign,
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
import { toast } from '@/components/ui/toast'
import { api } from '@/api/browser'
import { Problem, sentence } from '@/api/problem'
import type { Channel, ChannelKind, ChannelPage } from '@/api/types'
import { Switch } from '@/components/ui/switch'
import { Button, IconButton } from '@/components/ui/button'
import { Field, Input, Select } from '@/components/ui/field'
import { Dialog, Menu, MenuItem, MenuLine } from '@/components/ui/layers'
import { useMe } from '@/session/me'
import { lengthWords } from '@/lib/duration'
import { keys } from '@/session/query-keys'
import { addressOf, CHANNEL_KINDS, kindOf, turnWords } from './channel-kinds'
import { subscribe } from './push'
import { Entries, Entry, ShownOnce } from './entries'
import { Minutes } from './minutes'
import { Section } from './section'
import { useChangeMe } from './use-change-me'

const ICON: Record<ChannelKind, ReactNode> = {
  email: <AtSign />,
  webpush: <Smartphone />,
  webhook: <Webhook />,
  apprise: <Radio />,
}

const TURNS = ['First, at once', 'Second', 'Third']
const USUAL_SILENCE = 10

export function Channels({ initial }: { initial: ChannelPage }) {
  const me = useMe()
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

  const test = async (channel: Channel) => {
    try {
      const { sent, reason } = await api.testChannel(channel.id)
      if (sent) toast('The test was sent.')
      else toast.error(`The test was not sent. ${reason ?? ''}`)
    } catch (error) {
      toast.error(sentence(error))
    }
  }

  return (
    <Section
      id="channels"
      title="Channels"
      about="The bell in the page always rings. These reach you elsewhere, one after the other; answering in one place silences the rest."
    >
      <Entries>
        {data.items.map((channel) => {
          const kind = kindOf(channel.kind)
          return (
            <Entry
              key={channel.id}
              icon={ICON[kind.kind]}
              name={channel.name && channel.name !== addressOf(channel) ? channel.name : kind.label}
              about={[turnWords(channel.step, me.escalate_after), addressOf(channel)]}
            >
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
              <Button look="quiet" className="max-sm:hidden" onClick={() => void test(channel)}>
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
                  onSelect={() => void test(channel)}
                >
                  Send a test
                </MenuItem>
                <MenuItem
                  icon={<Pencil className="size-4" strokeWidth={1.5} />}
                  onSelect={() => setEditing(channel)}
                >
                  Edit
                </MenuItem>
                <MenuLine />
                <MenuItem
                  danger
                  icon={<Trash2 className="size-4" strokeWidth={1.5} />}
                  onSelect={() => void attempt(api.deleteChannel(channel.id), 'Channel removed.')}
                >
                  Remove
                </MenuItem>
              </Menu>
            </Entry>
          )
        })}
        {data.items.length === 0 && (
          <li className="py-2 text-muted">No channel yet: reminders only ring in open windows.</li>
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
              void refresh()
            }}
          />
        )}
      </Dialog>
    </Section>
  )
}

function ChannelForm({
  channel,
  pushKey,
  onDone,
}: {
  channel: Channel | null
  pushKey: string
  onDone: () => void
}) {
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? 'email')
  const [address, setAddress] = useState('')
  const [name, setName] = useState(channel?.name ?? '')
  const me = useMe()
  const changeMe = useChangeMe()
  const [step, setStep] = useState(channel?.step ?? 0)
  const [minutes, setMinutes] = useState(me.escalate_after ?? USUAL_SILENCE)
  const [secret, setSecret] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const about = kindOf(kind)
  const { field } = about

  /** The secret of a new channel that has one: it is shown this once. */
  const saveChannel = async (typed: string) => {
    if (channel) {
      // What is already stored is never sent back: the server shows it without its secrets.
      const config = field && typed ? { [field.key]: typed } : undefined
      await api.changeChannel(channel.id, { name: name.trim(), step, config })
      return null
    }
    const config = field ? { [field.key]: typed } : await subscribe(pushKey)
    return (await api.createChannel({ kind, name: name.trim(), step, config })).secret
  }

  const save = async () => {
    setBusy(true)
    setProblem(null)
    const typed = address.trim()
    try {
      const secret = await saveChannel(typed)
      if (step > 0 && minutes !== me.escalate_after)
        await changeMe.mutateAsync({ escalate_after: minutes })
      if (!secret) return onDone()
      setSecret(secret)
    } catch (error) {
      setProblem(error)
    }
    setBusy(false)
  }

  if (secret)
    return (
      <ShownOnce secret={secret} onDone={onDone}>
        Every request is signed with this secret.
      </ShownOnce>
    )
  // The server names the field; what it cannot place belongs to the one thing that was typed.
  const aboutName = problem instanceof Problem ? problem.on('name') : undefined
  const wrong = problem && !aboutName ? sentence(problem) : undefined
  return (
    <form
      className="flex flex-col gap-4 px-5 pt-2 pb-5"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      {!channel && (
        <Field label="Kind" hint={about.about} error={field ? undefined : wrong}>
          {(props) => (
            <Select
              {...props}
              className="w-full"
              value={kind}
              onChange={(event) => {
                setKind(event.target.value as ChannelKind)
                setProblem(null)
              }}
            >
              {CHANNEL_KINDS.map((choice) => (
                <option key={choice.kind} value={choice.kind}>
                  {choice.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {field && (
        <Field
          label={field.label}
          error={wrong}
          hint={channel ? `Now: ${addressOf(channel)}. Leave empty to keep it.` : undefined}
        >
          {(props) => (
            <Input
              {...props}
              required={!channel}
              autoFocus
              value={address}
              type={kind === 'email' ? 'email' : 'text'}
              placeholder={field.example}
              onChange={(event) => setAddress(event.target.value)}
            />
          )}
        </Field>
      )}
      <Field label="Its turn">
        {(props) => (
          <Select
            {...props}
            className="w-full"
            value={step}
            onChange={(event) => setStep(Number(event.target.value))}
          >
            {TURNS.map((words, turn) => (
              <option key={turn} value={turn}>
                {words}
              </option>
            ))}
            {step >= TURNS.length && <option value={step}>{`Turn ${step + 1}`}</option>}
          </Select>
        )}
      </Field>
      {step > 0 && (
        <Field
          label="If I do not react for"
          hint={step > 1 && `The same before each turn: ${lengthWords(step * minutes)} in all`}
        >
          {(props) => (
            <Minutes
              {...props}
              value={minutes}
              words={(time) => time}
              onChange={(chosen) => setMinutes(chosen ?? USUAL_SILENCE)}
            />
          )}
        </Field>
      )}
      <Field label="Name" hint="Only for you; may stay empty" error={aboutName}>
        {(props) => (
          <Input
            {...props}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Button look="primary" type="submit" busy={busy} className="self-end">
        {channel ? 'Save' : 'Add'}
      </Button>
    </form>
  )
}
