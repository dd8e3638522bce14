import { once } from 'node:events'
import { connect } from 'node:net'
import type { Logger } from '../core/ports/surroundings.ts'
import type { HttpSettings } from './app.ts'

export interface Line {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** A logger that keeps what it is given. */
export function recorder(lines: Line[] = []): Logger & { readonly lines: Line[] } {
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message })
  }
  const logger: Logger & { readonly lines: Line[] } = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return logger
}

export const SETTINGS: HttpSettings = {
  corsOrigins: ['http://localhost:5173'],
  corsCredentials: false,
  requestTimeout: 30_000,
  tls: undefined,
  forceHttps: false,
  maxConcurrentRequests: 100,
  maxConnections: 1000,
  stallTimeout: 120_000,
  maxBodyMemory: 256 * 1_048_576,
}

/** Sends bytes as they are and gives the whole answer. */
export async function rawRequest(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  let answer = ''
  socket.on('data', (data) => (answer += String(data)))
  socket.on('error', () => socket.destroy())
  socket.write(request, 'latin1')
  await once(socket, 'close')
  return answer
}
