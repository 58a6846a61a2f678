// A release that must not come through: every probe says yes, and no page is one. Only a smoke test can tell.
import { createServer } from 'node:http'

createServer((_, answer) => answer.end('deliberately broken: this image is here to be rolled back')).listen(
  Number(process.env.PORT ?? 3000),
  '0.0.0.0',
)
