/** The consent page of the authorization server: /connect?request=ID. Asks to log in first if needed. */
import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Problem } from '@/api/problem'
import { serverApi, visitor } from '@/api/server'
import type { ConnectionRequest } from '@/api/types'
import { RequestGone } from '@/features/connect/connect-page'
import { Consent } from '@/features/connect/consent'

export const metadata: Metadata = { title: 'Connect an assistant', referrer: 'no-referrer' }

export default async function ConnectPage({
  searchParams,
}: {
  searchParams: Promise<{ request?: string | string[] }>
}) {
  const { request: id } = await searchParams
  if (typeof id !== 'string') return <RequestGone />
  const me = await visitor()
  if (!me)
    redirect(`/login?next=${encodeURIComponent(`/connect?request=${encodeURIComponent(id)}`)}`)
  const request = await open(id)
  return request ? <Consent request={request} email={me.email} /> : <RequestGone />
}

async function open(id: string): Promise<ConnectionRequest | null> {
  try {
    return await (await serverApi()).connectionRequest(id)
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 422)) return null
    throw error
  }
}
