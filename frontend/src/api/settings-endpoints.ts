import { unwrap, type ApiClient } from './client'
import type { ChannelDraft } from './types'

/** The API operations of the settings and of connecting a program. */
export function settingsEndpoints(client: ApiClient) {
  const channel = (channel_id: number) => ({ params: { path: { channel_id } } })
  return {
    tokens: () => unwrap(client.GET('/api/tokens')),
    createToken: (body: { name: string; scope: 'read' | 'write'; expires_in_days?: number }) =>
      unwrap(client.POST('/api/tokens', { body })),
    deleteToken: (token_id: number) =>
      unwrap(client.DELETE('/api/tokens/{token_id}', { params: { path: { token_id } } })),

    proposal: (proposal_id: string) =>
      unwrap(client.GET('/api/proposals/{proposal_id}', { params: { path: { proposal_id } } })),

    connectionRequest: (request_id: string) =>
      unwrap(client.GET('/api/oauth/requests/{request_id}', { params: { path: { request_id } } })),
    answerConnectionRequest: (request_id: string, allow: boolean) =>
      unwrap(
        client.POST('/api/oauth/requests/{request_id}', {
          params: { path: { request_id } },
          body: { allow },
        }),
      ),
    connectedAssistants: () => unwrap(client.GET('/api/connected-assistants')),
    disconnectAssistant: (assistant_id: number) =>
      unwrap(
        client.DELETE('/api/connected-assistants/{assistant_id}', {
          params: { path: { assistant_id } },
        }),
      ),

    channels: () => unwrap(client.GET('/api/channels')),
    createChannel: (body: ChannelDraft) =>
      unwrap(client.POST('/api/channels', { body: { name: '', step: 0, ...body } })),
    changeChannel: (id: number, body: Partial<ChannelDraft> & { enabled?: boolean }) => {
      const { name, config, enabled, step } = body
      return unwrap(
        client.PATCH('/api/channels/{channel_id}', {
          ...channel(id),
          body: { name, config, enabled, step },
        }),
      )
    },
    deleteChannel: (id: number) => unwrap(client.DELETE('/api/channels/{channel_id}', channel(id))),
    mailChannelConfirmation: (id: number) =>
      unwrap(client.POST('/api/channels/{channel_id}/confirm', channel(id))),
    testChannel: (id: number) =>
      unwrap(client.POST('/api/channels/{channel_id}/test', channel(id))),

    createFeed: () => unwrap(client.POST('/api/calendar')),
    closeFeed: () => unwrap(client.DELETE('/api/calendar')),
    importCalendar: (text: string) =>
      unwrap(
        client.POST('/api/import', {
          body: text,
          bodySerializer: (body) => body,
          headers: { 'content-type': 'text/calendar' },
        }),
      ),
  }
}
