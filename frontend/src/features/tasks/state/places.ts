/** Where the tasks stand on the screen, in a list with an order of its own. */
'use client'

/** Whether the task is in such a list. */
export function isPlacedHere(id: number): boolean {
  return placed().includes(id)
}

/** Whether the task can go one place up or down. */
export function canShift(id: number, step: 1 | -1): boolean {
  const ids = placed()
  const at = ids.indexOf(id)
  return at >= 0 && ids[at + step] !== undefined
}

function placed(): number[] {
  const rows = document.querySelectorAll<HTMLElement>('[data-placed] [data-task]')
  return [...rows].map((row) => Number(row.dataset.task))
}
