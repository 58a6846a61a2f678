/** The form that adds or changes a channel. */
'use client'

import { useState } from 'react'
import { settings } from '@/api/settings'
import { Problem, sentence } from '@/api/problem'
import type { Channel } from '@/api/types'
import { Button } from '@/components/ui/button'
import { useMe } from '@/session/me'
import {
  AddressField,
  KindField,
  NameField,
  OrderFields,
  type ChannelValues,
} from './channel-fields'
import { kindOf } from './channel-kinds'
import { ShownOnce } from './entries'
import { USUAL_WAIT } from './minutes'
import { subscribe } from './push'
import { useChangeMe } from './use-change-me'

interface ChannelFormProps {
  /** Null adds a new channel. */
  channel: Channel | null
  pushKey: string
  onDone: () => void
}

export function ChannelForm({ channel, pushKey, onDone }: ChannelFormProps) {
  const me = useMe()
  const [values, setValues] = useState<ChannelValues>({
    kind: channel?.kind ?? 'email',
    address: '',
    name: channel?.name ?? '',
    step: channel?.step ?? 0,
    minutes: me.escalate_after ?? USUAL_WAIT,
  })
  const { save, busy, secret, problem, forgetProblem } = useSaveChannel(channel, pushKey, onDone)
  const change = (part: Partial<ChannelValues>) => {
    setValues({ ...values, ...part })
    if (part.kind) forgetProblem()
  }

  if (secret)
    return (
      <ShownOnce secret={secret} onDone={onDone}>
        Each request is signed with this secret.
      </ShownOnce>
    )
  const nameError = problem instanceof Problem ? problem.on('name') : undefined
  // A problem that is not about the name is shown at the address, or at the type if there is no address.
  const error = problem && !nameError ? sentence(problem) : undefined
  const hasAddress = kindOf(values.kind).field !== undefined
  return (
    <form
      className="flex flex-col gap-4 px-5 pt-2 pb-5"
      onSubmit={(event) => {
        event.preventDefault()
        void save(values)
      }}
    >
      {!channel && (
        <KindField values={values} change={change} error={hasAddress ? undefined : error} />
      )}
      <AddressField values={values} change={change} channel={channel} error={error} />
      <OrderFields values={values} change={change} />
      <NameField values={values} change={change} error={nameError} />
      <Button look="primary" type="submit" busy={busy} className="self-end">
        {channel ? 'Save' : 'Add'}
      </Button>
    </form>
  )
}

function useSaveChannel(channel: Channel | null, pushKey: string, onDone: () => void) {
  const me = useMe()
  const changeMe = useChangeMe()
  const [secret, setSecret] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)

  const save = async (values: ChannelValues) => {
    setBusy(true)
    setProblem(null)
    try {
      const newSecret = await saveChannel(channel, values, pushKey, me.id)
      if (values.step > 0 && values.minutes !== me.escalate_after)
        await changeMe.mutateAsync({ escalate_after: values.minutes })
      if (!newSecret) return onDone()
      setSecret(newSecret)
    } catch (error) {
      setProblem(error)
    }
    setBusy(false)
  }

  return { save, busy, secret, problem, forgetProblem: () => setProblem(null) }
}

/** Answers with the signing secret of a new webhook, which the server never shows again. */
async function saveChannel(
  channel: Channel | null,
  values: ChannelValues,
  pushKey: string,
  person: string,
) {
  const { kind, step } = values
  const name = values.name.trim()
  const address = values.address.trim()
  const { field } = kindOf(kind)
  if (channel) {
    // The server hides the secrets of a stored address, so an unchanged one is not sent back.
    const config = field && address ? { [field.key]: address } : undefined
    await settings.changeChannel(channel.id, { name, step, config })
    return null
  }
  const config = field ? { [field.key]: address } : await subscribe(pushKey, person)
  return (await settings.createChannel({ kind, name, step, config })).secret
}
