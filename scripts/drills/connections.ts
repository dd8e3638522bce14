// Ten thousand idle connections, and some that misbehave, while other callers are served. Bounded memory, and every
// request of the others is answered.
//
//   node scripts/drills/connections.ts [--connections 10000]
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { residentMiB, startServer } from './server.ts'

const { values } = parseArgs({ options: { connections: { type: 'string', default: '10000' } } })
const CONNECTIONS = Number(values.connections)
const AT_ONCE = 250
const REQUESTS = 500
/** More would mean that connections hold something large, or that what they hold is never given back. */
const MIB_PER_THOUSAND = 25

const HEAD = 'Host: 127.0.0.1\r\n'
const MISBEHAVING = [
  '',
  'GET /health/live HT',
  `GET /health/live HTTP/1.1\r\n${HEAD}X-Slow: `,
  `POST /api/v1/search HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"query":`,
  `POST /api/v1/upload-file HTTP/1.1\r\n${HEAD}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000\r\n\r\n--x`,
  'this is no HTTP\r\n\r\n',
]

const dataDir = await mkdtemp(join(tmpdir(), 'evident-connections-'))
const server = await startServer({
  dataDir,
  env: { LOG_LEVEL: 'error', MAX_CONNECTIONS: String(CONNECTIONS + 2000) },
})
const sockets: Socket[] = []
const ended = { early: 0 }
let done = false

/** A connection that has sent these bytes; with `answered` once the server has answered it. */
function open(bytes: string, answered: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    sockets.push(socket)
    socket.once('connect', () => {
      if (bytes !== '') socket.write(bytes)
      if (!answered) resolve()
    })
    socket.once('data', () => {
      resolve()
      socket.resume()
    })
    socket.once('error', reject)
    socket.once('close', () => {
      if (answered && !done) ended.early++
    })
    socket.on('error', () => socket.destroy())
  })
}

async function openMany(count: number, make: (index: number) => Promise<void>): Promise<void> {
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - opened) }, (_, i) => make(opened + i)))
  }
}

/** Milliseconds of each of the others' requests, in order of size. */
async function serveOthers(): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < REQUESTS; i++) {
    const began = performance.now()
    const response = await fetch(`${server.url}/api/v1/documents`)
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`A caller was answered with ${response.status}`)
    times.push(performance.now() - began)
  }
  return times.toSorted((a, b) => a - b)
}

const at = (times: readonly number[], share: number): string =>
  `${times[Math.floor(share * times.length)]?.toFixed(1)} ms`
const figures = (times: readonly number[]): string =>
  `p50 ${at(times, 0.5)}, p95 ${at(times, 0.95)}, p99 ${at(times, 0.99)}`

try {
  const alone = await serveOthers()
  console.log(`alone:  ${figures(alone)}`)
  const before = residentMiB([server.pid])

  const began = performance.now()
  await openMany(CONNECTIONS, () => open(`GET /health/live HTTP/1.1\r\n${HEAD}\r\n`, true))
  console.log(`${CONNECTIONS} idle connections after ${((performance.now() - began) / 1000).toFixed(1)} s`)
  const idle = await serveOthers()
  const grown = residentMiB([server.pid]) - before
  console.log(`beside them:  ${figures(idle)}; ${grown.toFixed(0)} MiB more (${before.toFixed(0)} before)`)
  if (ended.early > 0) throw new Error(`${ended.early} idle connections were closed meanwhile`)
  if (grown > (MIB_PER_THOUSAND * CONNECTIONS) / 1000) throw new Error(`${grown.toFixed(0)} MiB are too much`)

  await openMany(600, (i) => open(MISBEHAVING[i % MISBEHAVING.length] ?? '', false))
  console.log(`and 600 misbehaving ones:  ${figures(await serveOthers())}`)
} finally {
  done = true
  for (const socket of sockets) socket.destroy()
  const code = await server.stop()
  await rm(dataDir, { recursive: true, force: true })
  console.log(`The server ended with ${code}.`)
}
