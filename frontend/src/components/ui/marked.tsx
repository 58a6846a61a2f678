/** A text in which the words of a search are marked. */
import { marked, type Part } from '@/lib/matches'

export function Marked({ text, words }: { text: string; words: string }) {
  return <Parts parts={marked(text, words)} />
}

export function Parts({ parts }: { parts: Part[] }) {
  return parts.map(({ text, hit }, index) =>
    hit ? (
      <mark key={index} className="rounded-sm bg-accent-soft text-inherit">
        {text}
      </mark>
    ) : (
      text
    ),
  )
}
