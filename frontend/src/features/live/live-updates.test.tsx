import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { LiveUpdates } from './live-updates'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test('a session that has ended leads to the login, after one request', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(new URL(request.url).pathname)
    return Response.json({ title: 'Unauthorized' }, { status: 401 })
  })
  const assign = vi.spyOn(location, 'assign').mockImplementation(() => undefined)
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LiveUpdates />
    </QueryClientProvider>,
  )
  await vi.waitFor(() => expect(assign).toHaveBeenCalledOnce())
  expect(assign.mock.calls[0]?.[0]).toMatch(/^\/login/)
  expect(asked).toEqual(['/api/realtime/tickets'])
})
