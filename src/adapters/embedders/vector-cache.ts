import type { TokenVectors } from '../../core/ports/embedding.ts'

/** The most recently used values by text, bounded by their number and by the bytes of their vectors. */
class VectorCache<T> {
  readonly #entries = new Map<string, T>()
  readonly #limits: { readonly entries: number; readonly bytes: number }
  readonly #size: (value: T) => number
  readonly #copy: (value: T) => T
  #bytes = 0

  constructor(
    limits: { readonly entries: number; readonly bytes: number },
    size: (value: T) => number,
    copy: (value: T) => T,
  ) {
    this.#limits = limits
    this.#size = size
    this.#copy = copy
  }

  /** A copy: who asked may change it or transfer it to a thread. */
  get(key: string): T | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return this.#copy(value)
  }

  set(key: string, value: T): void {
    this.#remove(key)
    this.#entries.set(key, this.#copy(value))
    this.#bytes += this.#size(value)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) return
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#bytes -= this.#size(value)
  }
}

export type { VectorCache }

export const queryCache = (entries: number): VectorCache<Float32Array> =>
  new VectorCache(
    { entries, bytes: Infinity },
    (vector) => vector.byteLength,
    (vector) => vector.slice(),
  )

export const tokenCache = (bytes: number): VectorCache<TokenVectors> =>
  new VectorCache(
    { entries: Infinity, bytes },
    ({ vector, tokens, words }) => vector.byteLength + tokens.byteLength + words.byteLength,
    ({ vector, tokens, words }) => ({ vector: vector.slice(), tokens: tokens.slice(), words: words.slice() }),
  )
