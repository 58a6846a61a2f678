/** The page that mails a link for a new password. */
import type { Metadata } from 'next'
import { ForgotPage } from '@/features/accounts/forgot-page'

export const metadata: Metadata = { title: 'Forgot password' }

export default function ForgotPassword() {
  return <ForgotPage />
}
