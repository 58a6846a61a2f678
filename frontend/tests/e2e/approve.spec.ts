import { expect, test, type APIRequestContext, type Page } from '@playwright/test'
import { card } from './assistant'
import { overflow, tooSmall, violations } from './page-checks'
import { createTask, logIn, signUp } from './product'

/** A program with an access token calls a tool of the MCP server. */
async function call(request: APIRequestContext, token: string, name: string, args: unknown) {
  const answer = await request.post('/mcp', {
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
    },
    data: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
  })
  expect(answer.status(), await answer.text()).toBe(200)
  const { result } = (await answer.json()) as { result: { structuredContent: ToolAnswer } }
  return result.structuredContent
}

interface ToolAnswer {
  applied: { title: string }[]
  proposal: { id: string; fingerprint: string } | null
  approve_at: string | null
}

async function accessToken(page: Page): Promise<string> {
  const answer = await page.request.post('/api/tokens', {
    data: { name: 'Desk Helper', scope: 'write' },
  })
  return ((await answer.json()) as { token: string }).token
}

for (const viewport of [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
])
  test(`what a program wants to delete is approved on its page, ${viewport.width} wide`, async ({
    browser,
    request,
  }) => {
    const { page, email, context } = await signUp(browser, { viewport })
    const ids = []
    for (const title of ['Old invoice', 'Older invoice', 'Letter'])
      ids.push(await createTask(page, { title }))
    const token = await accessToken(page)
    const tasks = ids.map((task_id) => ({ task_id }))
    const proposed = await call(request, token, 'delete_tasks', { tasks })
    const path = new URL(proposed.approve_at ?? '').pathname
    const wanted = {
      proposal_id: proposed.proposal?.id,
      fingerprint: proposed.proposal?.fingerprint,
    }
    expect((await call(request, token, 'apply_proposal', wanted)).applied).toEqual([])

    // Another person does not see it.
    const stranger = await signUp(browser)
    expect((await stranger.page.goto(path))?.status()).toBe(404)
    expect((await stranger.page.goto('/proposals/nonsense'))?.status()).toBe(404)

    // A person who is logged out comes back to it.
    await context.clearCookies()
    await page.goto(path)
    await logIn(page, email)
    await expect(page.getByRole('heading', { name: 'Approve these changes?' })).toBeVisible()
    await expect(page.locator('main')).toContainText('Proposed by Desk Helper')
    expect(await overflow(page)).toBe(0)
    expect(await violations(page)).toEqual([])
    if (viewport.width < 640) expect(await tooSmall(page)).toEqual([])

    await card(page).getByRole('checkbox', { name: 'Move to the trash: Letter' }).uncheck()
    await card(page).getByRole('button', { name: 'Approve 2 of 3' }).click()
    await expect(card(page)).toContainText('Approved.')
    const done = await call(request, token, 'apply_proposal', wanted)
    expect(done.applied.map(({ title }) => title).sort()).toEqual(['Old invoice', 'Older invoice'])
    await page.reload()
    await card(page).getByRole('button', { name: 'Undo' }).click()
    await expect(card(page)).toContainText('Approved, then undone.')
    await page.goto('/all')
    for (const title of ['Old invoice', 'Older invoice', 'Letter'])
      await expect(page.getByRole('button', { name: title }).first()).toBeVisible()
  })
