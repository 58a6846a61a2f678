import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { settings } from '@/api/settings'
import { Problem } from '@/api/problem'
import type { ConnectionRequest } from '@/api/types'
import { Consent } from './consent'

const REQUEST: ConnectionRequest = {
  id: '7d1a1f0e-6b86-4f7e-9a50-0f6f2f7c1a11',
  name: 'Claude',
  host: 'claude.ai',
  redirect_uri: 'https://claude.ai/api/mcp/auth_callback',
  is_on_this_device: false,
  scopes: ['tasks:read'],
  expires_at: '2026-11-30T09:00:00Z',
}

function show(changes: Partial<ConnectionRequest> = {}) {
  render(<Consent request={{ ...REQUEST, ...changes }} email="ana@example.org" />)
}

const answer = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name })

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

test('a client with a document is shown with its verified address', () => {
  show()
  expect(document.body.textContent).toContain('From claude.ai. This address is verified')
  expect(document.body.textContent).not.toContain('Not verified')
})

test('a client that registered itself is marked as not verified', () => {
  show({ host: null })
  expect(document.body.textContent).toContain(
    'Not verified. A program registered itself as “Claude”',
  )
})

test('the person sees where the browser goes, also when it is another host', () => {
  show({ redirect_uri: 'https://other.example.com/callback' })
  expect(document.body.textContent).toContain('the browser goes to other.example.com')
})

test('an answer is sent once and leads back to the assistant', async () => {
  const sent = vi
    .spyOn(settings, 'answerConnectionRequest')
    .mockResolvedValue({ redirect_to: 'https://claude.ai/api/mcp/auth_callback?code=x' })
  const assign = vi.spyOn(location, 'assign').mockImplementation(() => undefined)
  show()
  fireEvent.click(answer('Allow'))
  expect(answer('Do not allow').disabled).toBe(true)
  await waitFor(() =>
    expect(assign).toHaveBeenCalledWith('https://claude.ai/api/mcp/auth_callback?code=x'),
  )
  expect(sent.mock.calls).toEqual([[REQUEST.id, true]])
  expect(screen.getByRole('status').textContent).toContain('Go back to Claude')
})

test('a request that has expired is said, and nothing is opened', async () => {
  const words = 'This request was answered before or has expired.'
  vi.spyOn(settings, 'answerConnectionRequest').mockRejectedValue(
    new Problem(404, 'Not found', words),
  )
  const assign = vi.spyOn(location, 'assign').mockImplementation(() => undefined)
  show()
  fireEvent.click(answer('Do not allow'))
  await waitFor(() => expect(screen.getByRole('alert').textContent).toBe(words))
  expect(assign).not.toHaveBeenCalled()
})
