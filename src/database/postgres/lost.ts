import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../core/errors.ts'
import { sqlState } from '../errors.ts'

/**
 * SQLSTATE of class 08 and what a server says as it stops or starts, has no connection to spare or has become a standby
 * (which is another server's turn, so the connection to this one is given up); Node's codes for the network.
 */
const LOST = new Set([
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '25006',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
])
/** What the driver has no code for. */
const SAYINGS = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
  'Query read timeout',
  'timeout exceeded when trying to connect',
]

/** Whether the server is away, or its connection broke. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof CommitUnknown) return true
  const state = sqlState(error)
  if (state !== undefined && (LOST.has(state) || /^08...$/.test(state) || isNoSocket(error, state))) return true
  return error instanceof Error && SAYINGS.some((saying) => error.message.startsWith(saying))
}

/** The socket of a server that is stopped is gone; any other file may be missing for reasons of its own. */
const isNoSocket = (error: unknown, code: string): boolean =>
  code === 'ENOENT' && error instanceof Error && 'syscall' in error && error.syscall === 'connect'

/** The connection broke while the transaction was being committed: only the server knows how that ended. */
export class CommitUnknown extends Error {
  /** Of the transaction, as the server numbers it. */
  readonly xid: string

  constructor(xid: string, cause: unknown) {
    super('The connection broke during a commit', { cause })
    this.name = 'CommitUnknown'
    this.xid = xid
  }
}

/** So long is waited for a server that is away, in ms: as long as it takes to start again, and no request hangs. */
export const PATIENCE_MS = 3000
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 400

/** Runs `work` again while its connection is lost, which must be harmless. @throws AppError not_ready */
export async function whileLost<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await work()
    } catch (error) {
      if (!isConnectionLost(error)) throw error
      if (performance.now() + wait > until) throw away(error)
      await sleep(wait)
    }
  }
}

export const away = (cause: unknown): AppError =>
  new AppError('not_ready', 'The database does not answer. Try again in a moment.', { cause })

export const unknownEnd = (cause: unknown): AppError =>
  new AppError(
    'not_ready',
    'The database stopped answering while this was being stored: look whether it is there before you try again.',
    { cause },
  )
