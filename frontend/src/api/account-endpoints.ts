import { unwrap, type ApiClient } from './client'

/** The API operations of an account: its password, sessions and data. */
export function accountEndpoints(client: ApiClient) {
  return {
    askForReset: (email: string) =>
      unwrap(client.POST('/api/auth/forgot-password', { body: { email } })),
    resetPassword: (token: string, password: string) =>
      unwrap(client.POST('/api/auth/reset-password', { body: { token, password } })),
    changePassword: (current: string, password: string) =>
      unwrap(client.POST('/api/me/password', { body: { current, password } })),
  }
}
