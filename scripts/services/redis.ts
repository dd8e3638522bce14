// Redis for development, tests and drills, on 127.0.0.1 alone and with nothing kept. In the foreground:
//   node scripts/services/redis.ts [--port 6379] [--password …]
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { debianProgram } from './debian.ts'
import { type RunningService, startService } from './running-service.ts'

export interface RedisOptions {
  readonly port: number
  /** Asked of who connects; none by default. */
  readonly password?: string
}

/** @throws Error where Redis cannot be installed, or does not start */
export async function startRedis({ port, password }: RedisOptions): Promise<RunningService> {
  const program = await debianProgram('redis-server', 'redis-server')
  const folder = await mkdtemp(join(tmpdir(), 'evident-redis-'))
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const protection = password === undefined ? [] : ['--requirepass', password]
  const removed = async (end: Promise<void>): Promise<void> => {
    await end
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const server = await startService({
      name: 'Redis',
      command: [program, ...settings, ...protection],
      answers: () => answers(port),
      startLimit: 10_000,
    })
    return {
      ...server,
      crash: () => removed(server.crash()),
      stop: (limit) => removed(server.stop(limit)),
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Whether a Redis is there: one with a password says so. */
async function answers(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    socket.setTimeout(1000, () => socket.destroy(new Error('It takes long')))
    socket.write('PING\r\n')
    const [reply] = (await once(socket, 'data')) as [Buffer]
    return /^(?:\+PONG|-NOAUTH)/.test(reply.toString())
  } finally {
    socket.destroy()
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '6379' }, password: { type: 'string' } } })
  const { port, password } = values
  const server = await startRedis({ port: Number(port), ...(password === undefined ? {} : { password }) })
  console.log(`Redis answers on 127.0.0.1:${port} (process ${server.pid}, after ${Math.round(server.readyAfter)} ms)`)
  const ended = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ended.abort())
  const stays = setInterval(() => undefined, 60_000)
  await once(ended.signal, 'abort')
  clearInterval(stays)
  await server.stop()
}
