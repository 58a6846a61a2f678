import type { ImportReport as Report } from '@/api/types'
import { plural } from '@/lib/words'

/** The results of several files, added up. */
export interface ImportTotal extends Report {
  files: number
  refused: { name: string; reason: string }[]
}

export function ImportReport({ total }: { total: ImportTotal }) {
  const parts = [
    total.created && `${plural(total.created, 'task')} added`,
    total.updated && `${total.updated} updated`,
    total.unchanged && `${total.unchanged} unchanged`,
  ].filter(Boolean)
  return (
    <div role="status" className="w-full border-t pt-3">
      {total.files > 0 && (
        <p className="font-medium">
          {parts.length ? `${parts.join(', ')}.` : 'Nothing to import.'}
        </p>
      )}
      {total.refused.map(({ name, reason }, index) => (
        <p key={index} className="text-red">
          {name}: {reason}
        </p>
      ))}
      {byTask(total.unsupported).length > 0 && (
        <>
          <p className="mt-3 text-13 font-medium text-soft">Not imported</p>
          <ul className="mt-1 flex flex-col gap-2 text-13">
            {byTask(total.unsupported).map(({ task, reasons }) => (
              <li key={task}>
                <p className="font-medium text-soft" dir="auto">
                  {task}
                </p>
                {reasons.map((reason) => (
                  <p key={reason} className="text-muted">
                    {reason}
                  </p>
                ))}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

/** The reasons of each task, without repeats: one file often gives the same reason many times. */
function byTask(unsupported: Report['unsupported']): { task: string; reasons: string[] }[] {
  const tasks = new Map<string, Set<string>>()
  for (const { summary, reason } of unsupported) {
    const task = summary || 'The whole file'
    tasks.set(task, (tasks.get(task) ?? new Set()).add(reason))
  }
  return [...tasks].map(([task, reasons]) => ({ task, reasons: [...reasons] }))
}
