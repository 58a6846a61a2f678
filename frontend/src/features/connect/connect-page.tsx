/** What the consent page says when there is nothing to answer. */
import { LinkButton } from '@/components/ui/button'
import { AuthFrame } from '@/features/accounts/auth-frame'

/** The request was answered before, has expired, or never existed. */
export function RequestGone() {
  return (
    <AuthFrame
      wide
      title="Nothing to answer here"
      about="This request was answered before or has expired. Start again from your assistant."
    >
      <LinkButton look="primary" href="/" className="h-11">
        Go to your tasks
      </LinkButton>
    </AuthFrame>
  )
}
