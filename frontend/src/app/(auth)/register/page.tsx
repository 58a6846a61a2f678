/** The sign-up page. A signed-in person is sent to the tasks. */
import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { visitor } from '@/api/server'
import { AuthPage } from '@/features/accounts/auth-page'

export const metadata: Metadata = { title: 'Sign up' }

export default async function RegisterPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[] }>
}) {
  if (await visitor()) redirect('/')
  const { next } = await searchParams
  return <AuthPage kind="register" next={typeof next === 'string' ? next : undefined} />
}
