import { unwrap, type ApiClient } from './client'

/** The API operations of an account: its password, sessions and data. */
export function accountEndpoints(client: ApiClient) {
  return {
    askForReset: (email: string) =>
      unwrap(client.POST('/api/auth/forgot-password', { body: { email } })),
    resetPassword: (token: string, password: string) =>
      unwrap(client.POST('/api/auth/reset-password', { body: { token, password } })),
    confirmAddress: (token: string) =>
      unwrap(client.POST('/api/auth/confirm-address', { body: { token } })),
    mailConfirmation: () => unwrap(client.POST('/api/me/confirm-address')),
    changePassword: (current: string, password: string) =>
      unwrap(client.POST('/api/me/password', { body: { current, password } })),

    changeAddress: (email: string, password: string) =>
      unwrap(client.POST('/api/me/address', { body: { email, password } })),
    deleteAccount: (password: string) =>
      unwrap(client.POST('/api/me/delete', { body: { password } })),

    log: (cursor?: number) =>
      unwrap(client.GET('/api/me/log', { params: { query: { cursor, limit: 10 } } })),
    sessions: () => unwrap(client.GET('/api/sessions')),
    endSession: (session_id: number) =>
      unwrap(client.DELETE('/api/sessions/{session_id}', { params: { path: { session_id } } })),
    endAllSessions: () => unwrap(client.DELETE('/api/sessions')),
  }
}
