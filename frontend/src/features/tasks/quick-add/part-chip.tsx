/** One parsed part as a chip. Removing it puts its words back into the title. */
import type { ReactNode } from 'react'
import { RemovableChip } from '@/components/ui/removable-chip'
import type { Part } from '../model/quick-add'
import { TINT } from './tint'

export function PartChip({
  part,
  icon,
  keepAsText,
  children,
}: {
  part: Part
  icon: ReactNode
  keepAsText: (part: Part) => void
  children: ReactNode
}) {
  return (
    <RemovableChip
      icon={icon}
      removeLabel="Keep as text"
      onRemove={() => keepAsText(part)}
      className={TINT[part]}
    >
      {children}
    </RemovableChip>
  )
}
