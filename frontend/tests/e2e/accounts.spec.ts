import { expect, test, type Page } from '@playwright/test'
import { confirmAddress, live, logIn, mailedLink, PASSWORD, signUp } from './product'

const NEW = 'a new horse, a new battery'

const today = (page: Page) => page.getByRole('heading', { name: 'Today' })

test('a forgotten password is reset by the mailed link, and the open window is signed out', async ({
  browser,
  request,
}) => {
  const visitor = await signUp(browser)
  const phone = await (await browser.newContext()).newPage()
  await phone.goto('/login')
  await phone.getByRole('link', { name: 'Forgot password?' }).click()
  await expect(phone.getByRole('heading', { name: 'Forgot your password?' })).toBeVisible()
  await phone.getByLabel('Email').fill(visitor.email)
  await phone.getByRole('button', { name: 'Send the link' }).click()
  await expect(phone.getByRole('heading', { name: 'Check your email' })).toBeVisible()

  await phone.goto(await mailedLink(request, visitor.email, '/reset-password'))
  await phone.getByLabel('New password', { exact: true }).fill('iloveyou')
  await phone.getByRole('button', { name: 'Set the password' }).click()
  await expect(phone.getByText(/that are tried first/)).toBeVisible()
  await phone.getByLabel('New password', { exact: true }).fill(NEW)
  await phone.getByRole('button', { name: 'Set the password' }).click()
  await expect(phone.getByRole('heading', { name: 'Your password is changed' })).toBeVisible()

  await expect(visitor.page).toHaveURL(/\/login/)
  await phone.goto('/login')
  await logIn(phone, visitor.email, NEW)
  await expect(today(phone)).toBeVisible()
})

test('a change of the password and “sign out” end the windows of other devices', async ({
  browser,
  request,
}) => {
  const visitor = await signUp(browser)
  await confirmAddress(visitor, request)
  const { page, email } = visitor
  const laptop = await (await browser.newContext()).newPage()
  await laptop.goto('/login')
  await logIn(laptop, email)
  await live(laptop)

  await page.goto('/settings')
  await live(page)
  const devices = page.getByRole('region', { name: 'Signed-in devices' })
  await expect(devices.getByRole('listitem')).toHaveCount(2)
  await devices.getByRole('button', { name: /^Sign out .* on / }).click()
  await expect(devices.getByRole('listitem')).toHaveCount(1)
  await expect(laptop).toHaveURL(/\/login/)

  await laptop.goto('/login')
  await logIn(laptop, email)
  await live(laptop)
  await page.getByRole('button', { name: 'Change password' }).click()
  const form = page.getByRole('dialog', { name: 'Change password' })
  await form.getByLabel('Current password', { exact: true }).fill(PASSWORD)
  await form.getByLabel('New password', { exact: true }).fill(NEW)
  await form.getByRole('button', { name: 'Change password' }).click()
  await expect(form).toBeHidden()
  const log = page.getByRole('region', { name: 'Account log' })
  await expect(log.getByText('Password changed')).toBeVisible()
  await expect(laptop).toHaveURL(/\/login/)
  await live(page)

  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
  await expect(page).toHaveURL(/\/login/)
})

test('a deleted account is kept by the one who logs in again', async ({ browser }) => {
  const { page, email } = await signUp(browser)
  await page.goto('/settings')
  await live(page)
  await page.getByRole('button', { name: 'Delete my account' }).click()
  const form = page.getByRole('dialog', { name: 'Delete your account?' })
  await expect(form.getByRole('link', { name: 'Download everything' })).toBeVisible()
  await form.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await form.getByRole('button', { name: 'Delete my account' }).click()
  await expect(page).toHaveURL(/\/login/)

  await page.goto('/login')
  await logIn(page, email)
  await expect(page.getByText(/will be deleted on/)).toBeVisible()
  await page.getByRole('button', { name: 'Keep my account' }).click()
  await expect(today(page)).toBeVisible()
  await page.goto('/settings#log')
  const log = page.getByRole('region', { name: 'Account log' })
  await expect(log.getByText('Account deletion cancelled')).toBeVisible()
})

test('two people on one browser do not see each other’s drafts', async ({ browser }) => {
  const { context, page, email } = await signUp(browser)
  const other = await signUp(browser)
  const field = page.getByLabel('Add a task')
  const drafts = () => page.evaluate(() => JSON.stringify(localStorage))
  /** Ends the session and lets somebody else log in. The page of the session asks nothing any more. */
  const change = async (next: string) => {
    await page.goto('/icon.svg')
    await context.clearCookies()
    await page.goto('/login')
    await logIn(page, next)
    await live(page)
  }
  await field.fill('a secret of the first person')
  await expect.poll(drafts).toContain('a secret of the first person')

  await change(other.email)
  await expect(field).toHaveValue('')
  expect(await drafts()).toContain('a secret of the first person')
  await field.fill('a secret of the second person')
  await expect.poll(drafts).toContain('a secret of the second person')

  await change(email)
  await expect(field).toHaveValue('a secret of the first person')
})
