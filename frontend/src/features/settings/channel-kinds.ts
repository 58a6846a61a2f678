export interface ChannelKind {
  kind: string
  label: string
  about: string
  /** What the address is called; none for channels that have no address to type. */
  field?: string
  example?: string
}

export const CHANNEL_KINDS: readonly ChannelKind[] = [
  { kind: 'in_app', label: 'In the page', about: 'The bell, in every open window' },
  {
    kind: 'email',
    label: 'Email',
    about: 'With links for Done and Snooze',
    field: 'Email address',
    example: 'you@example.org',
  },
  {
    kind: 'webhook',
    label: 'Webhook',
    about: 'A signed request to an address of yours',
    field: 'Address',
    example: 'https://example.org/hooks/todo',
  },
  {
    kind: 'apprise',
    label: 'Apprise',
    about: 'Telegram, Matrix, ntfy, Slack and many others',
    field: 'Apprise address',
    example: 'ntfys://ntfy.sh/my-topic',
  },
  { kind: 'webpush', label: 'Push to this browser', about: 'Also when the page is closed' },
]

export function kindOf(kind: string): ChannelKind {
  const plain = kind.toLowerCase().replace(/[-_]/g, '')
  return (
    CHANNEL_KINDS.find((known) => known.kind.replace('_', '') === plain) ?? {
      kind,
      label: kind,
      about: '',
    }
  )
}
