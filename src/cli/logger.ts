import { Writable } from 'node:stream'
import { destination, pino, stdTimeFunctions } from 'pino'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import type { Logger } from '../core/ports/surroundings.ts'

type Level = Config['logLevel']

/** Logs to standard error: JSON lines, or lines for a person where one watches in a terminal. */
export function createLogger(config: Pick<Config, 'environment'>, level: Level): Logger {
  const watched = process.stderr.isTTY && config.environment !== 'production'
  const stream = watched ? readable(process.stderr) : destination({ fd: 2, sync: true })
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, stream)
}

const Line = z.looseObject({
  level: z.number(),
  time: z.string(),
  msg: z.string().default(''),
  err: z.looseObject({ stack: z.string().optional(), message: z.string().optional() }).optional(),
})

const NAMES: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }

/** `12:34:56 info request method=GET path=/health status=200 ms=1.2`, and the stack of an error below it. */
export function formatLine(json: string): string {
  const parsed = Line.safeParse(JSON.parse(json))
  if (!parsed.success) return json
  const { level, time, msg, err, ...fields } = parsed.data
  const rest = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const stack = err === undefined ? '' : `\n${err.stack ?? err.message ?? ''}`
  return `${time.slice(11, 19)} ${NAMES[level] ?? level} ${msg}${rest.join('')}${stack}\n`
}

const readable = (target: Writable): Writable =>
  new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      target.write(formatLine(String(chunk)), done)
    },
  })
