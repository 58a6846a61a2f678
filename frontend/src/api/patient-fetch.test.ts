// @vitest-environment node
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { patientFetch } from './patient-fetch'

type Answer = { status: number; type?: string; body?: string }

const SIDECAR_REFUSES: Answer = {
  status: 500,
  type: 'application/json',
  body: '{"errorCode":"ERR_DIRECT_INVOKE"}',
}
const OK: Answer = { status: 200, type: 'application/json', body: '{}' }

let server: Server
let answers: Answer[]
let methods: string[]

beforeEach(async () => {
  methods = []
  server = createServer((request, response) => {
    methods.push(request.method ?? '')
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!
    response.writeHead(answer.status, answer.type ? { 'content-type': answer.type } : {})
    response.end(answer.body)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
})

afterEach(() => server.close())

function url(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

test('a read is repeated while the sidecar refuses it and while the backend is not ready', async () => {
  answers = [SIDECAR_REFUSES, { status: 503, type: 'application/problem+json' }, OK]
  expect((await patientFetch(new Request(url()))).status).toBe(200)
  expect(methods).toHaveLength(3)
})

test('a read is repeated while nothing listens', async () => {
  answers = [OK]
  const address = server.address() as AddressInfo
  const target = url()
  await new Promise((closed) => server.close(closed))
  const response = patientFetch(new Request(target))
  await new Promise<void>((listening) => server.listen(address.port, '127.0.0.1', listening))
  expect((await response).status).toBe(200)
})

test('an error of the backend itself is not repeated', async () => {
  answers = [{ status: 500, type: 'application/problem+json' }]
  expect((await patientFetch(new Request(url()))).status).toBe(500)
  expect(methods).toEqual(['GET'])
})

test('a write is sent once', async () => {
  answers = [SIDECAR_REFUSES]
  expect((await patientFetch(new Request(url(), { method: 'POST' }))).status).toBe(500)
  expect(methods).toEqual(['POST'])
})
