import type { Channel, ChannelKind } from '@/api/types'
import { lengthWords } from '@/lib/duration'

interface KindWords {
  kind: ChannelKind
  label: string
  about: string
  /** What the one thing to type is called, and where it goes in the settings; none for a browser. */
  field?: { label: string; key: 'address' | 'url'; example: string }
}

export const CHANNEL_KINDS: readonly KindWords[] = [
  {
    kind: 'email',
    label: 'Email',
    about: 'With links for Done and Snooze',
    field: { label: 'Email address', key: 'address', example: 'you@example.org' },
  },
  { kind: 'webpush', label: 'Push to this browser', about: 'Also when the page is closed' },
  {
    kind: 'apprise',
    label: 'Apprise',
    about: 'Telegram, Matrix, ntfy, Slack and many others',
    field: { label: 'Apprise address', key: 'url', example: 'ntfys://ntfy.sh/my-topic' },
  },
  {
    kind: 'webhook',
    label: 'Webhook',
    about: 'A signed request to an address of yours',
    field: { label: 'Address', key: 'url', example: 'https://example.org/hooks/todo' },
  },
]

export function kindOf(kind: ChannelKind): KindWords {
  return CHANNEL_KINDS.find((known) => known.kind === kind) ?? { kind, label: kind, about: '' }
}

/** Enough to tell two channels apart; the server shows no more of them. */
export function addressOf(channel: Pick<Channel, 'kind' | 'config'>): string {
  const { address, url, endpoint } = channel.config
  const shown = [address, url, endpoint].find((value) => typeof value === 'string')
  return String(shown ?? kindOf(channel.kind).about).replace(/^https?:\/\//, '')
}

/** When a channel has its turn; without minutes between them, all go at once. */
export function turnWords(step: number, minutes: number | null): string {
  return step && minutes ? `${lengthWords(step * minutes)} later, if I do not react` : 'At once'
}
