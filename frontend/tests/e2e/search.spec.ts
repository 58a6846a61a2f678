import { expect, test } from '@playwright/test'
import { createTask, live, row, signUp } from './product'

test('a search finds words in any order, marks them and says when it finds nothing', async ({
  browser,
}) => {
  const { page } = await signUp(browser)
  await createTask(page, { title: 'Kauf Äpfel und Öl', tags: ['Käse'] })
  await createTask(page, { title: 'Garden', description: 'The FICUS needs water.' })
  await page.goto('/search')
  await live(page)
  await expect(page.getByText('Type words in any order')).toBeVisible()

  const field = page.getByRole('searchbox', { name: 'Search tasks' })
  await field.fill('ol kau')
  const found = row(page, 'Kauf Äpfel und Öl')
  await expect(found.locator('mark')).toHaveText(['Kau', 'Öl'])
  await expect(page.locator('[data-task]')).toHaveCount(1)

  await field.fill('KASE')
  await expect(found.locator('mark')).toHaveText(['Käse'])
  await field.fill('ficus')
  await expect(row(page, 'Garden').locator('mark')).toHaveText(['FICUS'])
  await field.fill('%\\ <b>')
  await expect(page.getByText('Nothing found for “%\\ <b>”')).toBeVisible()
  await expect(page.getByText('Try fewer words, or only the beginning of a word.')).toBeVisible()
})

test('a longer search than the server reads is cut, not refused', async ({ browser }) => {
  const { page } = await signUp(browser)
  await page.goto(`/search?q=${'x'.repeat(3000)}`)
  await live(page)
  await expect(page.getByText(/^Nothing found for/)).toBeVisible()
})

test('a tag is found in any case and kept once', async ({ browser }) => {
  const { page } = await signUp(browser)
  await createTask(page, { title: 'Shopping', tags: ['Käse'] })
  await page.goto(`/tag/${encodeURIComponent('käse')}`)
  await live(page)
  await page.getByRole('button', { name: 'Shopping' }).first().click()
  const tags = page.getByRole('group', { name: 'Tags' })
  await tags.getByLabel('Add a tag').fill('KÄSE brot')
  await tags.getByLabel('Add a tag').press('Enter')
  await expect(tags.getByRole('button', { name: /^Remove tag/ })).toHaveCount(2)
})

test('the form says what will ring', async ({ browser }) => {
  const { page } = await signUp(browser)
  const field = page.getByLabel('Add a task').first()
  await field.fill('call Ana in 20 minutes')
  await expect(page.getByText('Rings at the due time.')).toBeVisible()
  await field.fill('call Ana in 3 weeks at 9:00')
  await expect(
    page.getByText(/^Rings \w+ \d+ \w+( \d+)? 09:00 and \w+ \d+ \w+( \d+)? 08:00\.$/),
  ).toBeVisible()
  await field.fill('call Ana in 20 minutes')
  await field.press('Enter')
  await row(page, 'call Ana').getByRole('button', { name: 'call Ana' }).first().click()
  const reminders = page.getByRole('group', { name: 'Reminders' })
  await expect(reminders.getByText('Rings at the due time.')).toBeVisible()
  await reminders
    .getByRole('button', { name: /^Remove reminder/ })
    .first()
    .click()
  await expect(reminders.getByText('Nothing will ring.')).toBeVisible()
})

for (const [name, viewport, covered] of [
  ['the add button of a phone', { width: 375, height: 740 }, 'Add task'],
  ['the add button of a wide phone', { width: 620, height: 740 }, 'Add task'],
  ['the settings', { width: 768, height: 800 }, 'Settings'],
  ['the settings', { width: 1440, height: 800 }, 'Settings'],
] as const)
  test(`a toast does not cover ${name} at ${viewport.width} pixels`, async ({ browser }) => {
    const { page } = await signUp(browser, { viewport, reducedMotion: 'reduce' })
    for (const title of ['First', 'Second'])
      await createTask(page, { title, due_date: new Date().toISOString() })
    for (const title of ['First', 'Second']) await row(page, title).getByRole('checkbox').click()
    await expect(page.getByText('Done.', { exact: true })).toHaveCount(2)
    const target = page
      .getByRole(covered === 'Settings' ? 'link' : 'button', { name: covered })
      .filter({ visible: true })
      .first()
    // A click waits until nothing covers the target.
    await target.click({ trial: true, timeout: 3000 })
    const box = await target.boundingBox()
    for (const toast of await page.locator('[data-sonner-toast]').all()) {
      const area = await toast.boundingBox()
      expect(
        box &&
          area &&
          (area.x >= box.x + box.width ||
            area.x + area.width <= box.x ||
            area.y >= box.y + box.height ||
            area.y + area.height <= box.y),
      ).toBe(true)
    }
  })
