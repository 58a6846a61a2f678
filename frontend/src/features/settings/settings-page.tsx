/** The settings page: all sections in their order. */
'use client'

import { LogOut } from 'lucide-react'
import type { AssistantPage, ChannelPage, TokenPage } from '@/api/types'
import { Button } from '@/components/ui/button'
import { useLogout } from '@/session/logout'
import { PageHead } from '@/components/ui/page-head'
import { Bell } from '@/features/notifications/bell'
import { useMe } from '@/session/me'
import { AccountLog } from './account-log'
import { Appearance, type Theme } from './appearance'
import { Assistants } from './assistants'
import { Channels } from './channels'
import { Data } from './data'
import { DeleteAccount } from './delete-account'
import { Profile } from './profile'
import { ReminderSettings } from './reminder-settings'
import { Security } from './security'
import { Sessions } from './sessions'
import { Tokens } from './tokens'

const PLACES = [
  ['profile', 'Profile'],
  ['appearance', 'Appearance'],
  ['reminders', 'Reminders'],
  ['channels', 'Channels'],
  ['assistants', 'Assistants'],
  ['tokens', 'Access tokens'],
  ['security', 'Security'],
  ['sessions', 'Devices'],
  ['log', 'Account log'],
  ['data', 'Import and export'],
  ['leave', 'Your account'],
] as const

export function SettingsPage({
  channels,
  assistants,
  tokens,
  theme,
}: {
  channels: ChannelPage
  assistants: AssistantPage
  tokens: TokenPage
  theme: Theme
}) {
  const me = useMe()
  const logout = useLogout()
  return (
    <>
      <PageHead actions={<Bell />} title="Settings">
        {me.email}
      </PageHead>
      <nav
        aria-label="Settings"
        className="mb-6 -ml-2.5 flex flex-wrap gap-x-1 gap-y-1 max-sm:hidden"
      >
        {PLACES.map(([id, label]) => (
          <a
            key={id}
            href={`#${id}`}
            className="rounded-control px-2.5 py-1.5 text-13 font-medium text-muted hover:bg-hover hover:text-ink"
          >
            {label}
          </a>
        ))}
      </nav>
      <Profile />
      <Appearance initial={theme} />
      <ReminderSettings />
      <Channels initial={channels} />
      <Assistants initial={assistants} />
      <Tokens initial={tokens} />
      <Security />
      <Sessions />
      <AccountLog />
      <Data />
      <DeleteAccount />
      <div className="border-t py-8">
        <Button onClick={logout}>
          <LogOut aria-hidden className="size-4" strokeWidth={1.5} />
          Log out
        </Button>
      </div>
    </>
  )
}
