/** The settings: loads what every section shows first. */
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { requireVisitor, serverApi } from '@/api/server'
import { SettingsPage } from '@/features/settings/settings-page'

export const metadata: Metadata = { title: 'Settings' }

export default async function Settings() {
  await requireVisitor()
  const api = await serverApi()
  const [channels, assistants, tokens, jar] = await Promise.all([
    api.channels(),
    api.connectedAssistants(),
    api.tokens(),
    cookies(),
  ])
  const theme = jar.get('todo_theme')?.value
  return (
    <SettingsPage
      channels={channels}
      assistants={assistants}
      tokens={tokens}
      theme={theme === 'light' || theme === 'dark' ? theme : 'system'}
    />
  )
}
