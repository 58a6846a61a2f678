/** The API of projects, as the browser calls it. The first paint only lists them (`api.projects`). */
'use client'

import { client } from './browser'
import { unwrap } from './client'
import type { ProjectDraft, ProjectPatch } from './types'

const project = (project_id: number) => ({ params: { path: { project_id } } })

export const projectsApi = {
  create: (body: ProjectDraft) =>
    unwrap(client.POST('/api/projects', { body: { colour: 'grey', ...body } })),
  edit: (id: number, body: ProjectPatch) =>
    unwrap(client.PATCH('/api/projects/{project_id}', { ...project(id), body })),
  remove: (project_id: number, tasks: 'inbox' | 'trash') =>
    unwrap(
      client.DELETE('/api/projects/{project_id}', {
        params: { path: { project_id }, query: { tasks } },
      }),
    ),
  restore: (id: number) => unwrap(client.POST('/api/projects/{project_id}/restore', project(id))),
  archive: (id: number) => unwrap(client.POST('/api/projects/{project_id}/archive', project(id))),
  unarchive: (id: number) =>
    unwrap(client.POST('/api/projects/{project_id}/unarchive', project(id))),
  order: (ids: number[]) => unwrap(client.POST('/api/projects/order', { body: { ids } })),
}
