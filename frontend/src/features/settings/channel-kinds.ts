/** The kinds of channels and their words. The server validates what is entered. */
import type { Channel, ChannelKind } from '@/api/types'

interface KindWords {
  kind: ChannelKind
  label: string
  about: string
  /** The text field for the address and its key in the channel's settings; a browser has none. */
  field?: { label: string; key: 'address' | 'url'; example: string }
}

export const CHANNEL_KINDS: readonly KindWords[] = [
  {
    kind: 'email',
    label: 'Email',
    about: 'With links for Done and Snooze',
    field: { label: 'Email address', key: 'address', example: 'you@example.org' },
  },
  {
    kind: 'webpush',
    label: 'Push to this browser',
    about: 'Works even when this page is closed',
  },
  {
    kind: 'apprise',
    label: 'Apprise',
    about: 'Telegram, Matrix, ntfy, Slack and many others',
    field: { label: 'Apprise URL', key: 'url', example: 'ntfys://ntfy.sh/my-topic' },
  },
  {
    kind: 'webhook',
    label: 'Webhook',
    about: 'A signed HTTP request to your own server',
    field: { label: 'URL', key: 'url', example: 'https://example.org/hooks/todo' },
  },
]

export function kindOf(kind: ChannelKind): KindWords {
  return CHANNEL_KINDS.find((known) => known.kind === kind) ?? { kind, label: kind, about: '' }
}

/** The channel's address in short. The server hides the secret parts. */
export function addressOf(channel: Pick<Channel, 'kind' | 'config'>): string {
  const { address, url, endpoint } = channel.config
  const shown = [address, url, endpoint].find((value) => typeof value === 'string')
  return String(shown ?? kindOf(channel.kind).about).replace(/^https?:\/\//, '')
}
