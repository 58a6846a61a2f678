/** The API as the Next.js server calls it, with the session cookie of the visitor. */
import 'server-only'

import { cookies, headers as requestHeaders } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { createApiClient } from './client'
import { endpoints } from './endpoints'
import { patientFetch } from './patient-fetch'
import { Problem } from './problem'
import { settingsEndpoints } from './settings-endpoints'
import type { Me } from './types'

/** The URL of the API: the Dapr sidecar finds the backend if there is one, otherwise the backend's own URL. */
function base(): { url: string; headers: Record<string, string> } {
  const sidecar = process.env.DAPR_HTTP_PORT
  if (!sidecar) return { url: process.env.TODO_API_URL ?? 'http://127.0.0.1:8000', headers: {} }
  const token = process.env.DAPR_API_TOKEN
  return {
    url: `http://127.0.0.1:${sidecar}/v1.0/invoke/todo-backend/method`,
    headers: token ? { 'dapr-api-token': token } : {},
  }
}

/** The API with the session cookie of the visitor. */
export const serverApi = cache(async () => {
  const { url, headers } = base()
  const session = (await cookies()).get('todo_session')
  const cookie = session ? { cookie: `todo_session=${session.value}` } : undefined
  // Who asks for the page: the server has the address of the browser only from here.
  const forwarded = (await requestHeaders()).get('x-forwarded-for')
  const from = forwarded ? { 'x-forwarded-for': forwarded } : undefined
  const client = createApiClient(url, { ...headers, ...cookie, ...from }, patientFetch)
  return { ...endpoints(client), ...settingsEndpoints(client) }
})

/** The signed-in person, or null. Asked once per request, however many components use it. */
export const visitor = cache(async (): Promise<Me | null> => {
  if (!(await cookies()).has('todo_session')) return null
  try {
    return await (await serverApi()).me()
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null
    throw error
  }
})

/** All projects of the visitor. Asked once per request: the layout needs them, and the page of a project. */
export const visitorProjects = cache(async () => (await serverApi()).projects())

export async function requireVisitor(): Promise<Me> {
  return (await visitor()) ?? redirect('/login')
}
