/** One channel in the list, with its switch and its menu. */
'use client'

import { AtSign, Ellipsis, Pencil, Radio, Send, Smartphone, Trash2, Webhook } from 'lucide-react'
import type { ReactNode } from 'react'
import { settings } from '@/api/settings'
import { sentence } from '@/api/problem'
import type { Channel, ChannelKind } from '@/api/types'
import { Button, IconButton } from '@/components/ui/button'
import { Menu, MenuItem, MenuLine } from '@/components/ui/layers'
import { Switch } from '@/components/ui/switch'
import { toast } from '@/components/ui/toast'
import { useMe } from '@/session/me'
import { addressOf, kindOf } from './channel-kinds'
import { Entry } from './entries'
import { orderWords } from './words'

const ICON: Record<ChannelKind, ReactNode> = {
  email: <AtSign />,
  webpush: <Smartphone />,
  webhook: <Webhook />,
  apprise: <Radio />,
}

export function ChannelEntry({
  channel,
  onEdit,
  onChanged,
}: {
  channel: Channel
  onEdit: () => void
  onChanged: () => void
}) {
  const me = useMe()
  const { label } = kindOf(channel.kind)
  const attempt = async (work: Promise<unknown>, words: string) => {
    try {
      await work
      toast(words)
    } catch (error) {
      toast.error(sentence(error))
    } finally {
      onChanged()
    }
  }
  const setEnabled = (enabled: boolean) =>
    attempt(
      settings.changeChannel(channel.id, { enabled }),
      enabled ? 'Channel switched on.' : 'Channel switched off.',
    )

  const checkLabel = channel.confirmed ? 'Send a test' : 'Send the link again'
  const check = () =>
    void (channel.confirmed
      ? sendTest(channel)
      : attempt(
          settings.mailChannelConfirmation(channel.id),
          `Open the link in the email that we sent to ${addressOf(channel)}.`,
        ))

  return (
    <Entry
      icon={ICON[channel.kind]}
      name={channel.name && channel.name !== addressOf(channel) ? channel.name : label}
      about={[
        channel.confirmed ? orderWords(channel.step, me.escalate_after) : 'Not confirmed yet',
        addressOf(channel),
      ]}
    >
      <Switch
        label={`${channel.name || label} on`}
        checked={channel.enabled}
        onCheckedChange={(enabled) => void setEnabled(enabled)}
      />
      <Button look="quiet" className="max-sm:hidden" onClick={check}>
        {checkLabel}
      </Button>
      <ChannelMenu
        label={`More actions for ${channel.name || label}`}
        checkLabel={checkLabel}
        onCheck={check}
        onEdit={onEdit}
        onRemove={() => void attempt(settings.deleteChannel(channel.id), 'Channel removed.')}
      />
    </Entry>
  )
}

async function sendTest(channel: Channel): Promise<void> {
  try {
    const { sent, reason } = await settings.testChannel(channel.id)
    if (sent) toast('The test was sent.')
    else toast.error(`The test was not sent. ${reason ?? ''}`)
  } catch (error) {
    toast.error(sentence(error))
  }
}

function ChannelMenu({
  label,
  checkLabel,
  onCheck,
  onEdit,
  onRemove,
}: {
  label: string
  checkLabel: string
  onCheck: () => void
  onEdit: () => void
  onRemove: () => void
}) {
  return (
    <Menu
      trigger={
        <IconButton label={label}>
          <Ellipsis aria-hidden className="size-4" strokeWidth={1.75} />
        </IconButton>
      }
    >
      <MenuItem icon={<Send className="size-4" strokeWidth={1.5} />} onSelect={onCheck}>
        {checkLabel}
      </MenuItem>
      <MenuItem icon={<Pencil className="size-4" strokeWidth={1.5} />} onSelect={onEdit}>
        Edit
      </MenuItem>
      <MenuLine />
      <MenuItem danger icon={<Trash2 className="size-4" strokeWidth={1.5} />} onSelect={onRemove}>
        Remove
      </MenuItem>
    </Menu>
  )
}
