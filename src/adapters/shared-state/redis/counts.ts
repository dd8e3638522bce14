import type { Count, SharedState } from '../../../core/ports/shared-state.ts'
import type { LocalCounts } from '../local-counts.ts'
import type { Client, Connection } from './connection.ts'

/**
 * One more of KEYS[1]. ARGV: milliseconds of its window where it has none; what the caller knows without this one, which
 * a Redis that lost its memory, or was away, may not. As a script it is one step, so that no key is left without an end.
 */
const COUNT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
local known = tonumber(ARGV[2]) + 1
if count < known then count = redis.call('INCRBY', KEYS[1], known - count) end
return {count, redis.call('PTTL', KEYS[1])}
`

export interface RedisCountsOptions {
  readonly namespace: string
  /** What was counted last, to go on with while Redis is away. */
  readonly local: LocalCounts
}

interface Asked {
  readonly key: string
  /** Milliseconds. */
  readonly window: number
  readonly known?: Count | undefined
}

/** As Redis counts; `key` with its namespace. */
export async function countOn(client: Client, { key, window, known }: Asked): Promise<Count> {
  const reply = await client.eval(COUNT, {
    keys: [key],
    arguments: [String(Math.ceil(known?.resetMs ?? window)), String(known?.count ?? 0)],
  })
  const [count, resetMs] = reply as [number, number]
  return { count, resetMs }
}

/**
 * Counts in Redis. What it answers is remembered: while it is away the count goes on from there, and a Redis that comes
 * back empty is told. What several instances counted meanwhile is not added up: the highest of them counts.
 */
export function createRedisCounts(
  connection: Connection,
  { namespace, local }: RedisCountsOptions,
): SharedState['count'] {
  return async (key, window) => {
    const known = await local.known(key)
    const asked = Date.now()
    let counted: Count
    try {
      counted = await connection.ask((client) => countOn(client, { key: `${namespace}:${key}`, window, known }))
    } catch {
      // Why, the connection tells.
      return local.add(key, window)
    }
    // From when it was asked, so that a window never ends later here than there.
    await local.learn(key, { count: counted.count, resetMs: counted.resetMs - (Date.now() - asked) })
    return counted
  }
}
