// The server of a broken release: every probe succeeds, but no answer is a page. Only a smoke test notices.
import { createServer } from 'node:http'

createServer((_, answer) => answer.end('deliberately broken: this image is here to be rolled back')).listen(
  Number(process.env.PORT ?? 3000),
  '0.0.0.0',
)
