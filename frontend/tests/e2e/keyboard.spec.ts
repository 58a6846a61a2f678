import { expect, test } from '@playwright/test'
import { row, signUp } from './product'

test('every action works from the keyboard', async ({ browser }) => {
  const { page } = await signUp(browser)
  const press = (...keys: string[]) =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve())

  for (const title of ['First', 'Second']) {
    await press('q')
    await page.keyboard.type(title)
    await press('Enter', 'Escape')
    await expect(row(page, title)).toBeVisible()
    // A negative id marks a row that the server has not confirmed; it does not react to keys.
    await expect(row(page, title)).not.toHaveAttribute('data-task', /^-/)
  }

  await press('j')
  await expect(row(page, 'First').getByRole('button', { name: 'First' }).first()).toBeFocused()
  await press('j')
  await expect(row(page, 'Second').getByRole('button', { name: 'Second' }).first()).toBeFocused()
  await press('k', 'x')
  await expect(page.getByText('Done.', { exact: true })).toBeVisible()
  await expect(row(page, 'First')).toHaveCount(0)
  await press('Control+z')
  await expect(page.getByText('Undone.')).toBeVisible()
  await expect(row(page, 'First')).toBeVisible()

  await row(page, 'First').getByRole('button', { name: 'First' }).first().focus()
  await press('e')
  await expect(page.getByLabel('Title')).toBeFocused()
  await page.keyboard.type('Renamed')
  await press('Enter')
  await expect(row(page, 'Renamed')).toBeVisible()
  await press('Escape')
  await expect(page.getByRole('complementary', { name: 'Task' })).toHaveCount(0)

  await row(page, 'Renamed').getByRole('button', { name: 'Renamed' }).first().focus()
  await press('d')
  await expect(page.getByRole('dialog', { name: 'Date and time' })).toBeVisible()
  await press('Escape')
  await row(page, 'Renamed').getByRole('button', { name: 'Renamed' }).first().focus()
  await press('s')
  await page.getByRole('dialog', { name: 'Move to later' }).getByText('Tomorrow').focus()
  await page.getByRole('button', { name: /^Tomorrow/ }).press('Enter')
  await expect(page.getByText(/^Due tomorrow/)).toBeVisible()
  await expect(row(page, 'Renamed')).toHaveCount(0)

  await press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await press('Escape')

  await press('/')
  await expect(page.getByRole('searchbox', { name: 'Search tasks' })).toBeFocused()
  await page.keyboard.type('renam')
  await expect(row(page, 'Renamed')).toBeVisible()
})
