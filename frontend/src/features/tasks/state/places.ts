/** Where the tasks stand on the screen, in a list with an order of its own. */
'use client'

/** The tasks that it would stand behind after one step, and stands behind now; null at the end of the list. */
export function shifted(
  id: number,
  step: 1 | -1,
): { after: number | null; before: number | null } | null {
  const rows = document.querySelectorAll<HTMLElement>('[data-placed] [data-task]')
  const ids = [...rows].map((row) => Number(row.dataset.task))
  const at = ids.indexOf(id)
  if (at < 0 || ids[at + step] === undefined) return null
  const after = step > 0 ? ids[at + 1] : ids[at - 2]
  return { after: after ?? null, before: ids[at - 1] ?? null }
}
