/** A section of the settings, and a row in it. */
import type { ReactNode } from 'react'

export function Section({
  id,
  title,
  children,
  about,
}: {
  id: string
  title: string
  about?: ReactNode
  children: ReactNode
}) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="scroll-mt-6 border-t py-8">
      <h2 id={`${id}-title`} className="text-16 font-semibold">
        {title}
      </h2>
      {about && <p className="mt-0.5 max-w-130 text-14 text-muted">{about}</p>}
      <div className="mt-5 flex flex-col gap-5">{children}</div>
    </section>
  )
}

/** A label on the left and its control on the right; stacked on a phone. */
export function Row({
  label,
  htmlFor,
  hint,
  children,
}: {
  label: string
  htmlFor?: string
  hint?: ReactNode
  children: ReactNode
}) {
  return (
    <div className="flex flex-col gap-2 sm:flex-row sm:items-start sm:justify-between sm:gap-6">
      <div className="min-w-0 sm:max-w-70 sm:pt-1.5">
        {htmlFor ? (
          <label htmlFor={htmlFor} className="font-medium">
            {label}
          </label>
        ) : (
          <p className="font-medium">{label}</p>
        )}
        {hint && <p className="text-13 text-muted">{hint}</p>}
      </div>
      <div className="min-w-0 sm:w-76 sm:shrink-0">{children}</div>
    </div>
  )
}
