'use client'

import { createApiClient } from './client'
import { endpoints } from './endpoints'

/** The browser knows one origin: pages, API and live updates come from the same place. */
export const api = endpoints(
  createApiClient(typeof window === 'undefined' ? '' : window.location.origin),
)
