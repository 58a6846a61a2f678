import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { keys } from '@/session/query-keys'
import { Security } from './security'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

test('a change of the password fetches the devices and the account log again', async () => {
  vi.stubGlobal('fetch', async () => Response.json({}))
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } })
  client.setQueryData(keys.me, { email: 'ann@example.org', email_confirmed: true })
  client.setQueryData(keys.sessions, { items: [] })
  client.setQueryData(keys.accountLog, { pages: [], pageParams: [] })
  render(
    <QueryClientProvider client={client}>
      <Security />
    </QueryClientProvider>,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Change password' }))
  const field = (label: string, value: string) =>
    fireEvent.change(screen.getByLabelText(label), { target: { value } })
  field('Current password', 'correct horse battery')
  field('New password', 'a new horse, a new battery')
  fireEvent.submit(screen.getByLabelText('New password').closest('form')!)
  await vi.waitFor(() => {
    expect(client.getQueryState(keys.sessions)?.isInvalidated).toBe(true)
    expect(client.getQueryState(keys.accountLog)?.isInvalidated).toBe(true)
  })
})
