/** The API of an account, as the browser calls it. The first paint of the list does not need it. */
'use client'

import { accountEndpoints } from './account-endpoints'
import { client } from './browser'

export const account = accountEndpoints(client)
