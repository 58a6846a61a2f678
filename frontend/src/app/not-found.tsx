import Link from 'next/link'

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-100 flex-col items-start justify-center gap-3 px-6">
      <h1 className="text-20 font-semibold">There is nothing at this address</h1>
      <Link href="/" className="font-medium text-accent underline-offset-2 hover:underline">
        Go to Today
      </Link>
    </main>
  )
}
