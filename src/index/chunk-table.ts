const FIRST_TABLE = 64
const FULLEST = 0.6
const EMPTY = 0

/**
 * Finds the place of a passage by its id, in about 8 bytes a passage where a Map takes 40 and more: open addressing with
 * linear probing over places, whose ids lie where `idAt` reads them (Knuth, "The Art of Computer Programming", volume 3,
 * 6.4; deletion by its algorithm R). Places are at least 0.
 */
export class ChunkTable {
  readonly #idAt: (place: number) => number
  /** Places, each plus one. */
  #table = new Int32Array(FIRST_TABLE)
  #size = 0

  constructor(idAt: (place: number) => number) {
    this.#idAt = idAt
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#table.byteLength
  }

  /** -1: it is not there. */
  get(id: number): number {
    const entry = this.#table[this.#find(id)] as number
    return entry === EMPTY ? -1 : entry - 1
  }

  /** Where the id is known its place changes; `idAt` must give the id for the place from now on. */
  set(id: number, place: number): void {
    const at = this.#find(id)
    if (this.#table[at] === EMPTY) this.#size++
    this.#table[at] = place + 1
    if (this.#size > FULLEST * this.#table.length) this.#grow()
  }

  /** `idAt` must still know the places of all that are there. */
  delete(id: number): void {
    let hole = this.#find(id)
    if (this.#table[hole] === EMPTY) return
    this.#size--
    const mask = this.#table.length - 1
    for (let at = (hole + 1) & mask; this.#table[at] !== EMPTY; at = (at + 1) & mask) {
      const home = hashOf(this.#idAt((this.#table[at] as number) - 1)) & mask
      // What lies between its home and the hole may not be parted from its home by the hole.
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      this.#table[hole] = this.#table[at] as number
      hole = at
    }
    this.#table[hole] = EMPTY
  }

  #find(id: number): number {
    const mask = this.#table.length - 1
    let at = hashOf(id) & mask
    for (;;) {
      const entry = this.#table[at] as number
      if (entry === EMPTY || this.#idAt(entry - 1) === id) return at
      at = (at + 1) & mask
    }
  }

  #grow(): void {
    const before = this.#table
    this.#table = new Int32Array(2 * before.length)
    const mask = this.#table.length - 1
    for (const entry of before) {
      if (entry === EMPTY) continue
      let at = hashOf(this.#idAt(entry - 1)) & mask
      while (this.#table[at] !== EMPTY) at = (at + 1) & mask
      this.#table[at] = entry
    }
  }
}

/** Multiplicative hashing (Knuth, 6.4) of both halves of an id below 2^53. */
function hashOf(id: number): number {
  const high = Math.floor(id / 0x1_0000_0000)
  const hash = Math.imul((id | 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1)
  return (hash ^ (hash >>> 15)) & 0x7fff_ffff
}
