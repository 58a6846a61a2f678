import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test, type APIRequestContext, type Page } from '@playwright/test'
import { overflow, tooSmall, violations } from './page-checks'
import { live, register, signUp } from './product'

/** A program on this computer that wants to be connected: it listens for the browser on a port of its own. */
class Assistant {
  readonly verifier = randomBytes(48).toString('base64url')
  private constructor(
    readonly request: APIRequestContext,
    readonly clientId: string,
    readonly server: Server,
    readonly arrived: Promise<URLSearchParams>,
  ) {}

  static async start(request: APIRequestContext, name = 'Desk Helper'): Promise<Assistant> {
    const answer = await request.post('/oauth/register', {
      data: {
        client_name: name,
        redirect_uris: ['http://127.0.0.1:1/callback'],
        token_endpoint_auth_method: 'none',
      },
    })
    expect(answer.status(), await answer.text()).toBe(201)
    const { client_id } = (await answer.json()) as { client_id: string }
    const server = createServer()
    const arrived = new Promise<URLSearchParams>((resolve) => {
      server.on('request', (incoming, response) => {
        response.end('Thank you.')
        const url = new URL(incoming.url ?? '/', 'http://127.0.0.1')
        if (url.pathname === '/callback') resolve(url.searchParams)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Assistant(request, client_id, server, arrived)
  }

  get redirectUri(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/callback`
  }

  async address(changes: Record<string, string> = {}): Promise<string> {
    const metadata = await this.request.get('/.well-known/oauth-protected-resource/mcp')
    const { resource } = (await metadata.json()) as { resource: string }
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: this.redirectUri,
      state: 'my state',
      scope: 'tasks:read tasks:write tasks:delete',
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      resource,
      ...changes,
    })
    return `/oauth/authorize?${query.toString()}`
  }

  /** Exchanges the code that the browser has brought for tokens. */
  async exchange(arrived: URLSearchParams) {
    const answer = await this.token({
      grant_type: 'authorization_code',
      code: arrived.get('code') ?? '',
      redirect_uri: this.redirectUri,
      code_verifier: this.verifier,
    })
    expect(answer.status(), await answer.text()).toBe(200)
    return answer
  }

  async token(form: Record<string, string>) {
    return this.request.post('/oauth/token', { form: { client_id: this.clientId, ...form } })
  }
}

async function connectedAssistants(page: Page): Promise<string[]> {
  await page.goto('/settings')
  const section = page.getByRole('region', { name: 'Connected assistants' })
  await expect(section).toBeVisible()
  return section.getByRole('listitem').allInnerTexts()
}

test('an assistant is connected by somebody who signs up on the way, and disconnected', async ({
  browser,
  request,
}) => {
  const assistant = await Assistant.start(request)
  const page = await (await browser.newContext()).newPage()
  await page.goto(await assistant.address())

  await expect(page.getByRole('heading', { name: 'Welcome back' })).toBeVisible()
  await page.getByRole('link', { name: 'Create an account' }).click()
  // Until then the fields are those of the login.
  await expect(page.getByRole('heading', { name: 'Create your account' })).toBeVisible()
  const email = `connect-${Date.now().toString(36)}@example.org`
  await register(page, email)

  await expect(page.getByRole('heading', { name: 'Connect Desk Helper?' })).toBeVisible()
  await expect(page.getByText(email)).toBeVisible()
  await expect(page.getByText('Not verified.')).toBeVisible()
  await expect(page.getByText('a program on this device')).toBeVisible()
  await expect(
    page.getByRole('list', { name: 'It will be able to' }).getByRole('listitem'),
  ).toHaveText([/^See your tasks/, /^Add and change tasks/, /^Propose to delete tasks/])
  // By keyboard alone: nothing is focused at first, so that a stray Enter allows nothing.
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Do not allow' })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Allow', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')

  await page.waitForURL(/\/callback\?/)
  const arrived = await assistant.arrived
  expect(arrived.get('state')).toBe('my state')
  expect(arrived.get('iss')).toBeTruthy()
  const answer = await assistant.exchange(arrived)
  const { refresh_token } = (await answer.json()) as { refresh_token: string }

  expect(await connectedAssistants(page)).toEqual([
    expect.stringMatching(
      /Desk Helper[\s\S]*not verified[\s\S]*May see tasks, add and change tasks/,
    ),
  ])
  await page.getByRole('button', { name: 'Disconnect Desk Helper' }).click()
  const dialog = page.getByRole('dialog', { name: 'Disconnect Desk Helper?' })
  await expect(dialog.getByText('This cannot be undone')).toBeVisible()
  await dialog.getByRole('button', { name: 'Disconnect' }).click()
  await expect(page.getByText('“Desk Helper” is disconnected.')).toBeVisible()
  await expect(page.getByText('None yet.')).toBeVisible()
  const refused = await assistant.token({ grant_type: 'refresh_token', refresh_token })
  expect(refused.status()).toBe(400)
  assistant.server.close()
})

test('an assistant that is not allowed hears so, and is not connected', async ({
  browser,
  request,
}) => {
  const assistant = await Assistant.start(request)
  const { page } = await signUp(browser)
  await page.goto(await assistant.address())
  const address = page.url()
  await page.getByRole('button', { name: 'Do not allow' }).click()
  await page.waitForURL(/\/callback\?/)
  const arrived = await assistant.arrived
  expect(arrived.get('error')).toBe('access_denied')
  expect(arrived.has('code')).toBe(false)
  expect(await connectedAssistants(page)).toEqual([])
  await page.goto(address)
  await expect(page.getByRole('heading', { name: 'Nothing to answer here' })).toBeVisible()
  assistant.server.close()
})

for (const colorScheme of ['light', 'dark'] as const)
  test(`consent and settings work on a phone and with a screen reader, ${colorScheme}`, async ({
    browser,
    request,
  }) => {
    const assistant = await Assistant.start(request, 'A very long name '.repeat(20))
    const { page } = await signUp(browser, {
      viewport: { width: 375, height: 740 },
      hasTouch: true,
      isMobile: true,
      colorScheme,
    })
    await page.goto(await assistant.address())
    const allow = page.getByRole('button', { name: 'Allow', exact: true })
    await expect(allow).toBeEnabled()
    expect(await violations(page)).toEqual([])
    expect(await tooSmall(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await allow.tap()
    await page.waitForURL(/\/callback\?/)
    await assistant.exchange(await assistant.arrived)

    expect(await connectedAssistants(page)).toHaveLength(1)
    await live(page)
    expect(await violations(page)).toEqual([])
    expect(await tooSmall(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    assistant.server.close()
  })

test('no other site can show the consent page in a frame', async ({ browser, request }) => {
  const assistant = await Assistant.start(request)
  const { page } = await signUp(browser)
  const response = await page.goto(await assistant.address())
  expect(response?.headers()['x-frame-options']).toBe('DENY')
  expect(response?.headers()['content-security-policy']).toContain("frame-ancestors 'none'")
  const framed = page.url()
  // A page of another origin, which is the assistant's own server.
  await page.goto(assistant.redirectUri.replace('/callback', '/'))
  await page.evaluate((src) => {
    const frame = document.createElement('iframe')
    frame.src = src
    document.body.append(frame)
    return new Promise((resolve) => frame.addEventListener('load', resolve))
  }, framed)
  await expect(page.frameLocator('iframe').getByRole('button', { name: 'Allow' })).toHaveCount(0)
  assistant.server.close()
})

test('a hostile name is only text', async ({ browser, request }) => {
  const name = '\u202e<img src=x onerror="document.title=1">\u2066 by Todo'
  const assistant = await Assistant.start(request, name)
  const { page } = await signUp(browser)
  await page.goto(await assistant.address())
  const shown = '<img src=x onerror="document.title=1"> by Todo'
  await expect(page.getByRole('heading', { name: `Connect ${shown}?` })).toBeVisible()
  expect(await page.locator('img[src="x"]').count()).toBe(0)
  expect(await page.title()).toBe('Connect an assistant · Todo')
  assistant.server.close()
})

test('a redirect that differs by a dot is shown as an error and goes nowhere', async ({
  browser,
  request,
}) => {
  const assistant = await Assistant.start(request)
  const { page } = await signUp(browser)
  const response = await page.goto(
    await assistant.address({ redirect_uri: `${assistant.redirectUri}.` }),
  )
  expect(response?.status()).toBe(400)
  await expect(
    page.getByRole('heading', { name: 'This assistant cannot be connected' }),
  ).toBeVisible()
  assistant.server.close()
})
