import { expect, test, type Page } from '@playwright/test'
import { overflow, tooSmall, violations } from './page-checks'
import { add, createTask, live, row, secondWindow, signUp } from './product'

function sideBar(page: Page) {
  return page.getByRole('navigation', { name: 'Main' }).first()
}

async function addProject(page: Page, name: string): Promise<string> {
  await sideBar(page).getByRole('button', { name: 'Add a project' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Add project' }).click()
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
  return new URL(page.url()).pathname
}

test('a project is added, filled and seen in the other window, and its tasks come back with it', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  const path = await addProject(page, 'Garden')
  await expect(page.getByText('No open tasks')).toBeVisible()
  await add(page, 'buy seeds')
  await add(page, 'dig')
  const other = await secondWindow(visitor, path)
  await expect(row(other, 'dig')).toBeVisible()
  await expect(sideBar(page).getByRole('link', { name: /Garden/ })).toContainText('2')

  // Renamed and coloured in one window, seen in the other one.
  await page.getByRole('main').getByRole('button', { name: 'Menu of Garden' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await page.getByLabel('Name').fill('Balcony')
  await page.getByLabel('green').check({ force: true })
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(other.getByRole('heading', { name: 'Balcony' })).toBeVisible()

  // Deleted into the Inbox, and undone.
  await page.getByRole('main').getByRole('button', { name: 'Menu of Balcony' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(page.getByText('It has 2 open tasks.')).toBeVisible()
  await page.getByRole('button', { name: 'Move tasks to the Inbox' }).click()
  await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible()
  await expect(row(page, 'buy seeds')).toBeVisible()
  await expect(other.getByText('This project was deleted')).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(row(page, 'buy seeds')).toHaveCount(0)
  await expect(other.getByRole('heading', { name: 'Balcony' })).toBeVisible()
  await expect(row(other, 'buy seeds')).toBeVisible()
})

test('a task is filed by typing, by the panel and by the keyboard', async ({ browser }) => {
  const { page } = await signUp(browser)
  await addProject(page, 'Work at home')
  await page.goto('/inbox')
  await live(page)

  const field = page.getByLabel('Add a task')
  await field.fill('call Bo +work at home tomorrow')
  await expect(page.getByLabel('Understood').getByText('Work at home')).toBeVisible()
  await field.press('Enter')
  await expect(page.getByText('Added. Due tomorrow.')).toBeVisible()
  await expect(row(page, 'call Bo')).toHaveCount(0)

  await field.fill('dig +Garden')
  await page.getByRole('button', { name: 'Create the project “Garden”' }).click()
  await expect(sideBar(page).getByRole('link', { name: 'Garden' })).toBeVisible()
  await expect(page.getByLabel('Understood').getByText('Garden')).toBeVisible()
  await field.press('Enter')

  await add(page, 'write')
  await row(page, 'write').getByRole('button', { name: 'write', exact: true }).focus()
  await page.keyboard.press('v')
  await page.getByLabel('Find a project').fill('gar')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Moved to Garden.')).toBeVisible()
  await expect(row(page, 'write')).toHaveCount(0)

  await page.goto('/all')
  await live(page)
  await expect(row(page, 'write')).toContainText('Garden')
  await page.getByRole('button', { name: 'write', exact: true }).click()
  await page.getByRole('group', { name: 'Project' }).getByRole('button', { name: 'Garden' }).click()
  await page.getByRole('menuitem', { name: 'Work at home' }).click()
  await expect(row(page, 'write')).toContainText('Work at home')
  await page.getByRole('button', { name: 'History' }).click()
  await expect(page.getByText(/Garden/).last()).toBeVisible()
})

test('tasks of a project are ordered by the keyboard and by the menu, in every window, and undone', async ({
  browser,
}) => {
  const visitor = await signUp(browser)
  const { page } = visitor
  const path = await addProject(page, 'Garden')
  for (const title of ['one', 'two', 'three']) await add(page, title)
  const other = await secondWindow(visitor, path)
  const titles = (window: Page) => window.locator('[data-placed] [data-title]')
  await expect(titles(other)).toHaveText(['one', 'two', 'three'])

  await row(page, 'three').getByRole('button', { name: 'three', exact: true }).focus()
  await page.keyboard.press('Alt+ArrowUp')
  await page.keyboard.press('Alt+ArrowUp')
  await page.keyboard.press('Alt+ArrowUp') // it is the first one already
  for (const window of [page, other])
    await expect(titles(window)).toHaveText(['three', 'one', 'two'])
  await expect(page.getByRole('button', { name: 'three', exact: true })).toBeFocused()

  await page.getByRole('button', { name: 'one', exact: true }).click()
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Move down' }).click()
  for (const window of [page, other])
    await expect(titles(window)).toHaveText(['three', 'two', 'one'])
  await page.keyboard.press('Escape')
  for (let step = 0; step < 3; step++) await page.keyboard.press('Control+z')
  for (const window of [page, other])
    await expect(titles(window)).toHaveText(['one', 'two', 'three'])
  await page.reload()
  await expect(titles(page)).toHaveText(['one', 'two', 'three'])
})

test('a refused name is told beside its field, and a finished project is archived', async ({
  browser,
}) => {
  const { page } = await signUp(browser)
  await addProject(page, 'Garden')
  await sideBar(page).getByRole('button', { name: 'Add a project' }).click()
  await page.getByLabel('Name').fill('garden')
  await page.getByRole('button', { name: 'Add project' }).click()
  await expect(page.getByRole('alert')).toHaveText('There is already a project “Garden”.')
  await page.keyboard.press('Escape')
  await page.getByRole('main').getByRole('button', { name: 'Menu of Garden' }).click()
  await page.getByRole('menuitem', { name: 'Archive' }).click()
  await expect(page.getByText('In the archive', { exact: true })).toBeVisible()
  await expect(sideBar(page).getByRole('link', { name: 'Garden' })).toHaveCount(0)
  await sideBar(page).getByRole('link', { name: 'Projects' }).click()
  await expect(
    page.getByRole('region', { name: 'Archive' }).getByRole('link', { name: 'Garden' }),
  ).toBeVisible()
})

for (const colorScheme of ['light', 'dark'] as const)
  test(`the pages of projects have no accessibility violation, ${colorScheme}`, async ({
    browser,
  }) => {
    const { page } = await signUp(browser, { colorScheme, reducedMotion: 'reduce' })
    const path = await addProject(page, 'Garden')
    await createTask(page, { title: 'dig', project_id: Number(path.split('/').at(-1)) })
    for (const address of [path, '/projects', '/inbox', '/all']) {
      await page.goto(address)
      await live(page)
      expect(await violations(page, true), address).toEqual([])
    }
    await sideBar(page).getByRole('button', { name: 'Add a project' }).click()
    await expect(page.getByLabel('Name')).toBeFocused()
    expect(await violations(page, true), 'the form').toEqual([])
  })

test('projects fit a phone and are used by touch', async ({ browser }) => {
  const { page } = await signUp(browser, {
    viewport: { width: 375, height: 740 },
    hasTouch: true,
    isMobile: true,
    reducedMotion: 'reduce',
  })
  await page.getByRole('link', { name: 'Projects' }).tap()
  await page.getByRole('button', { name: 'Add a project' }).last().tap()
  await page.getByLabel('Name').fill('Garden of a very long name '.repeat(3).trim())
  await page.getByRole('button', { name: 'Add project' }).tap()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Garden')
  const path = new URL(page.url()).pathname
  await page.getByRole('button', { name: 'Add task' }).tap()
  await page.getByRole('dialog').getByLabel('Add a task').fill('dig')
  await page.getByRole('button', { name: 'Add', exact: true }).tap()
  await expect(row(page, 'dig')).toBeVisible()
  for (const address of [path, '/projects', '/inbox']) {
    await page.goto(address)
    await live(page)
    expect(await overflow(page), address).toBeLessThanOrEqual(0)
    expect(await tooSmall(page), address).toEqual([])
  }
})
