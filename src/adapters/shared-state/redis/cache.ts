import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { SharedCache } from '../../../core/ports/shared-state.ts'
import type { Client, Connection } from './connection.ts'

/**
 * An owner has two keys. KEYS[1]: a hash of texts by the SHA-256 of what they are kept for, with the number of the owner's
 * last change that all of them belong to (`change`) and the bytes of all (`bytes`). KEYS[2]: the same fields in a sorted set,
 * by the time at which each ends, in milliseconds of Redis's clock. What is not of that shape, or of an older change, is
 * thrown away: whoever may write to this Redis may write anything, and an owner's deletion may not have reached it.
 */
const COMMON = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local asked = tonumber(ARGV[1])
local field = ARGV[2]
local known = tonumber(redis.pcall('HGET', KEYS[1], 'change'))
`

/** ARGV: change, field, bytes that a text may have. Gives the text and the milliseconds until it ends. */
const GET = `${COMMON}
if known and known > asked then return false end
if known ~= asked then
  redis.call('UNLINK', KEYS[1], KEYS[2])
  return false
end
local left = (tonumber(redis.pcall('ZSCORE', KEYS[2], field)) or 0) - now
if left <= 0 or redis.call('HSTRLEN', KEYS[1], field) > tonumber(ARGV[3]) then return false end
return {redis.call('HGET', KEYS[1], field), left}
`

/** ARGV: change, field, text, milliseconds until it ends, texts and bytes that an owner may have: the oldest go. */
const SET = `${COMMON}
if known and known > asked then return end
local ends = redis.pcall('ZCARD', KEYS[2])
local isSound = known == asked and type(ends) == 'number' and ends > 0
local bytes = isSound and tonumber(redis.call('HGET', KEYS[1], 'bytes'))
if not bytes or not (bytes >= 0) then
  redis.call('UNLINK', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'change', ARGV[1])
  bytes = 0
end
local function drop(fields)
  for _, each in ipairs(fields) do
    bytes = bytes - redis.call('HSTRLEN', KEYS[1], each)
    redis.call('HDEL', KEYS[1], each)
    redis.call('ZREM', KEYS[2], each)
  end
end
drop({field})
drop(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now))
redis.call('HSET', KEYS[1], field, ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[4], field)
bytes = bytes + #ARGV[3]
while bytes > tonumber(ARGV[6]) or redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[5]) do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)
  if #oldest == 0 then break end
  drop(oldest)
end
redis.call('HSET', KEYS[1], 'bytes', string.format('%.0f', bytes))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
`

/** Bytes of a text, beyond which it is not worth its way; and of all texts of an owner. */
const LARGEST = 256 * 1024
const MOST = 32 * 1024 * 1024
/** Milliseconds that an answer may take: what is looked up is mostly made in less than the limit of a connection. */
const READ_MS = 50
/** Milliseconds that nothing is read for after an answer that was late. */
const PAUSE_MS = 1000
/** Owners that are forgotten in one step. */
const FORGOTTEN_AT_ONCE = 1000

const Found = z.tuple([z.string(), z.number().positive()])

/** What an instance could not forget while Redis was away is made up for before anything is read from it again. */
export function createRedisCache(namespace: string) {
  /** Owners that Redis may still hold something of. */
  let forgotten = new Set<string>()

  const keysOf = (owner: string): string[] => [`${namespace}:results:${owner}`, `${namespace}:result-ends:${owner}`]

  async function makeUp(client: Client): Promise<void> {
    while (forgotten.size > 0) {
      const owners = [...forgotten].slice(0, FORGOTTEN_AT_ONCE)
      // Who is forgotten once more meanwhile is among those that wait again.
      for (const owner of owners) forgotten.delete(owner)
      try {
        await client.unlink(owners.flatMap(keysOf))
      } catch (error) {
        forgotten = new Set([...owners, ...forgotten])
        throw error
      }
    }
  }

  return {
    /** On a connection that is new. */
    begin: makeUp,
    on(connection: Connection): SharedCache {
      let pausedUntil = 0

      const asked = (owner: string, text: readonly string[], script: string) =>
        connection.ask(async (client) => {
          await makeUp(client)
          return client.eval(script, { keys: keysOf(owner), arguments: [...text] })
        })

      return {
        async get({ owner, change, key }) {
          if (performance.now() < pausedUntil) return undefined
          const found = await inTime(asked(owner, [String(change), digest(key), String(LARGEST)], GET))
          if (found === LATE) {
            pausedUntil = performance.now() + PAUSE_MS
            return undefined
          }
          const { success, data } = Found.safeParse(found)
          return success ? { text: data[0], leftMs: data[1] } : undefined
        },
        set({ owner, change, key }, text, { ttl, entries }) {
          if (Buffer.byteLength(text) > LARGEST) return
          const sent = [String(change), digest(key), text, String(ttl), String(entries), String(MOST)]
          // Why it was not kept, the connection tells.
          asked(owner, sent, SET).catch(() => undefined)
        },
        forget(owner) {
          forgotten.add(owner)
          // It stays among the forgotten, and the connection tells why.
          connection.ask(makeUp).catch(() => undefined)
        },
      }
    },
  }
}

const digest = (key: string): string => createHash('sha256').update(key).digest('hex')

const LATE = Symbol('late')

/** What Redis answered; undefined: it did not, and the connection tells why. */
async function inTime(answer: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    // What came while this process itself was busy is looked at first.
    timer = setTimeout(() => setImmediate(resolve, LATE), READ_MS)
  })
  try {
    return await Promise.race([answer.catch(() => undefined), late])
  } finally {
    clearTimeout(timer)
  }
}
