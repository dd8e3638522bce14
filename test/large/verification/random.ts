/** Numbers that depend on nothing but their seed. */
export interface Random {
  /** From 0, less than 1. */
  next(): number
  /** One of them. Throws where there are none. */
  pick<T>(from: readonly T[]): T
}

/** FNV-1a, 32 bits. */
function hashed(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Mulberry32, a generator of 32 bits in the public domain by Tommy Ettinger. */
export function randomOf(seed: string): Random {
  let state = hashed(seed)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    pick: (from) => {
      const at = Math.floor(next() * from.length)
      if (at >= from.length) throw new Error('Nothing to pick from')
      return from[at] as (typeof from)[number]
    },
  }
}
