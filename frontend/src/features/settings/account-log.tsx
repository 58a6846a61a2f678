/** Settings: what happened to the account, the newest first. */
'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { account } from '@/api/account'
import type { AccountEvent } from '@/api/types'
import { Button } from '@/components/ui/button'
import { agoWords } from '@/lib/words'
import { useClock } from '@/session/clock'
import { keys } from '@/session/query-keys'
import { Entries, Entry } from './entries'
import { Section } from './section'

const WORDS: Record<AccountEvent['kind'], string> = {
  'signed-up': 'Account created',
  'logged-in': 'Logged in',
  'logged-out': 'Logged out',
  'session-ended': 'Device signed out',
  'all-sessions-ended': 'Signed out everywhere',
  'password-changed': 'Password changed',
  'password-reset': 'Password reset with a link',
  'address-confirmed': 'Address confirmed',
  'address-changed': 'Address changed',
  'token-created': 'Access token created',
  'token-revoked': 'Access token revoked',
  'channel-added': 'Channel added',
  'channel-changed': 'Channel changed',
  'channel-removed': 'Channel removed',
  'feed-opened': 'Calendar feed enabled',
  'feed-closed': 'Calendar feed disabled',
  exported: 'Data downloaded',
  'assistant-connected': 'Assistant connected',
  'assistant-disconnected': 'Assistant disconnected',
  'deletion-planned': 'Account deletion requested',
  'deletion-cancelled': 'Account deletion cancelled',
  disabled: 'Disabled by the administrator',
  enabled: 'Enabled by the administrator',
  'role-changed': 'Role changed by the administrator',
}

export function AccountLog() {
  const { now, zone } = useClock()
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: keys.accountLog,
    queryFn: ({ pageParam }) => account.log(pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.next_cursor ? Number(page.next_cursor) : undefined),
  })
  return (
    <Section
      id="log"
      title="Account log"
      about="If you see something that you did not do, sign out that device and change your password."
    >
      <Entries>
        {data?.pages
          .flatMap((page) => page.items)
          .map((event) => (
            <Entry
              key={event.id}
              icon={<History />}
              name={WORDS[event.kind]}
              about={[
                agoWords(new Date(event.at), now, zone),
                subject(event),
                event.device,
                event.address,
              ]}
            >
              {null}
            </Entry>
          ))}
      </Entries>
      {hasNextPage && (
        <Button
          className="self-start"
          busy={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          Show older entries
        </Button>
      )}
    </Section>
  )
}

/** What the entry is about, such as the name of a token. */
function subject({ details }: AccountEvent): string | false {
  const about = details.name ?? details.new ?? details.address
  return typeof about === 'string' && about
}
