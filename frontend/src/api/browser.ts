/** The API as the browser calls it: pages, API and live updates have the same origin. */
'use client'

import { createApiClient } from './client'
import { endpoints } from './endpoints'

export const client = createApiClient(typeof window === 'undefined' ? '' : window.location.origin)
export const api = endpoints(client)
