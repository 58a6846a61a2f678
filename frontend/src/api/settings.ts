/** The API of the settings, as the browser calls it. The first paint of the list does not need it. */
'use client'

import { client } from './browser'
import { settingsEndpoints } from './settings-endpoints'

export const settings = settingsEndpoints(client)
