/** The API of changes, as the browser calls it. The outbox is loaded after the first paint, and this with it. */
'use client'

import { client } from './browser'
import { changeEndpoints } from './change-endpoints'

export const changes = changeEndpoints(client)
