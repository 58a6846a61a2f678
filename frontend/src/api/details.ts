/** The API of an open task, as the browser calls it. The first paint of the list does not need it. */
'use client'

import { client } from './browser'
import { detailEndpoints } from './detail-endpoints'

export const details = detailEndpoints(client)
