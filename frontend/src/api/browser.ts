'use client'

import { endpoints } from './endpoints'
import { createHttp } from './http'

/** The browser knows one origin: pages, API and live updates come from the same place. */
export const api = endpoints(createHttp((path) => ({ url: path })))
