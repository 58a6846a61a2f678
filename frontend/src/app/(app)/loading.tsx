/** Shown while the server renders a page. */
import { ListSkeleton } from '@/components/ui/primitives'

export default function Loading() {
  return (
    <div className="pt-12 sm:pt-16">
      <div className="mb-8 h-8 w-40 animate-late rounded bg-hover" />
      <ListSkeleton />
    </div>
  )
}
