/** The text of an answer. It is not trusted: links and pictures are shown as text, and nothing is fetched. */
import ReactMarkdown, { type Components } from 'react-markdown'

const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <span>
      {children}
      {href && ` (${href})`}
    </span>
  ),
  img: ({ alt }) => <span>{alt}</span>,
  p: ({ children }) => <p className="mb-2 last:mb-0">{children}</p>,
  ul: ({ children }) => <ul className="mb-2 list-disc pl-5 last:mb-0">{children}</ul>,
  ol: ({ children }) => <ol className="mb-2 list-decimal pl-5 last:mb-0">{children}</ol>,
  code: ({ children }) => <code className="rounded bg-hover px-1 text-13">{children}</code>,
  pre: ({ children }) => <pre className="mb-2 overflow-x-auto text-13">{children}</pre>,
  h1: ({ children }) => <p className="mb-1 font-semibold">{children}</p>,
  h2: ({ children }) => <p className="mb-1 font-semibold">{children}</p>,
  h3: ({ children }) => <p className="mb-1 font-semibold">{children}</p>,
}

export function Markdown({ text }: { text: string }) {
  return (
    <div dir="auto" className="min-w-0 break-words">
      <ReactMarkdown skipHtml components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  )
}
