/** What the tests of the assistant share. */
import { expect, type Page } from '@playwright/test'
import { createTask } from './product'

export const DAY = 864e5
export const field = (page: Page) => page.getByLabel('Ask the assistant')
export const conversation = (page: Page) => page.getByRole('log', { name: 'Conversation' })
export const card = (page: Page) => page.getByRole('region', { name: /^Proposal: / }).last()
export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** Asks, and waits until the answer is complete. */
export async function ask(page: Page, text: string): Promise<void> {
  await field(page).fill(text)
  await field(page).press('Enter')
  await expect(conversation(page).getByText(text).last()).toBeVisible()
  await expect(button(page, 'Send')).toBeVisible()
}

export async function openPanel(page: Page): Promise<void> {
  await page.keyboard.press('c')
  await expect(field(page)).toBeFocused()
}

/** Three tasks of tomorrow, one of them weekly. */
export async function tasksOfTomorrow(page: Page): Promise<void> {
  const due_date = new Date(Date.now() + DAY).toISOString()
  for (const task of [
    { title: 'Water the plants', recurrence: 'weekly' },
    { title: 'Send the slides' },
    { title: 'Pay the gardener' },
    { title: 'Call the dentist' },
  ])
    await createTask(page, { due_date, ...task })
}
