import { grown } from './growing.ts'

const FIRST_TABLE = 64
/** Of the hash table; beyond it the table doubles. */
const FULLEST = 0.6
const EMPTY = 0
/** In the place of a text: no term has it, and each byte is a character of its own. */
const ERASED = 0

/** The columns of a `Dictionary`, as a snapshot keeps them. */
export interface SavedDictionary {
  readonly texts: Uint8Array
  readonly ends: Int32Array
}

/**
 * Numbers terms in the order in which they come. A Map of strings takes 100 bytes and more a term; here it is the term's
 * characters and about 12 bytes: texts lie one after the other, found by hashing (open addressing, linear probing).
 */
export class Dictionary {
  /** UTF-16 code units, each in one to three bytes, as UTF-8 would write it. */
  #texts = new Uint8Array(0)
  /** Where each term's text ends; it begins where the one before ends. */
  #ends = new Int32Array(0)
  #size = 0
  /** Ids, each plus one. */
  #table = new Int32Array(FIRST_TABLE)

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#texts.byteLength + this.#ends.byteLength + this.#table.byteLength
  }

  get(term: string): number | undefined {
    const entry = this.#table[this.#placeOf(term)] as number
    return entry === EMPTY ? undefined : entry - 1
  }

  /** The term's id, a new one where it has none yet. */
  add(term: string): number {
    const place = this.#placeOf(term)
    const entry = this.#table[place] as number
    if (entry !== EMPTY) return entry - 1
    const id = this.#size++
    this.#append(term, id)
    this.#table[place] = id + 1
    if (this.#size > FULLEST * this.#table.length) this.#rehash(2 * this.#table.length)
    return id
  }

  textOf(id: number): string {
    let text = ''
    for (let at = this.#startOf(id), end = this.#ends[id] as number; at < end;) {
      const unit = unitAt(this.#texts, at)
      text += String.fromCharCode(unit)
      at += bytesOf(unit)
    }
    return text
  }

  /** Overwrites the term's text: nobody may read what nothing holds any more. The id is not given again. */
  erase(id: number): void {
    this.#texts.fill(ERASED, this.#startOf(id), this.#ends[id])
  }

  save(): SavedDictionary {
    const ends = this.#ends.subarray(0, this.#size)
    return { texts: this.#texts.subarray(0, ends.at(-1) ?? 0), ends }
  }

  static load({ texts, ends }: SavedDictionary): Dictionary {
    const dictionary = new Dictionary()
    dictionary.#texts = texts as Uint8Array<ArrayBuffer>
    dictionary.#ends = ends as Int32Array<ArrayBuffer>
    dictionary.#size = ends.length
    let places = FIRST_TABLE
    while (ends.length > FULLEST * places) places *= 2
    dictionary.#rehash(places)
    return dictionary
  }

  #startOf(id: number): number {
    return id === 0 ? 0 : (this.#ends[id - 1] as number)
  }

  /** Where the term is in the table, or would be. */
  #placeOf(term: string): number {
    const mask = this.#table.length - 1
    let hash = FNV_OFFSET
    for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), FNV_PRIME)
    for (let place = mixed(hash) & mask; ; place = (place + 1) & mask) {
      const entry = this.#table[place] as number
      if (entry === EMPTY || this.#is(entry - 1, term)) return place
    }
  }

  #is(id: number, term: string): boolean {
    let at = this.#startOf(id)
    const end = this.#ends[id] as number
    for (let i = 0; i < term.length; i++) {
      if (at >= end) return false
      const unit = unitAt(this.#texts, at)
      if (unit !== term.charCodeAt(i)) return false
      at += bytesOf(unit)
    }
    return at === end
  }

  #append(term: string, id: number): void {
    let at = this.#startOf(id)
    this.#texts = grown(this.#texts, at + 3 * term.length)
    const texts = this.#texts
    for (let i = 0; i < term.length; i++) {
      const unit = term.charCodeAt(i)
      if (unit < 0x80) texts[at++] = unit
      else if (unit < 0x800) {
        texts[at++] = 0xc0 | (unit >> 6)
        texts[at++] = 0x80 | (unit & 0x3f)
      } else {
        texts[at++] = 0xe0 | (unit >> 12)
        texts[at++] = 0x80 | ((unit >> 6) & 0x3f)
        texts[at++] = 0x80 | (unit & 0x3f)
      }
    }
    this.#ends = grown(this.#ends, id + 1)
    this.#ends[id] = at
  }

  #rehash(places: number): void {
    const table = new Int32Array(places)
    const mask = places - 1
    for (let id = 0, at = 0; id < this.#size; id++) {
      let hash = FNV_OFFSET
      for (const end = this.#ends[id] as number; at < end;) {
        const unit = unitAt(this.#texts, at)
        hash = Math.imul(hash ^ unit, FNV_PRIME)
        at += bytesOf(unit)
      }
      let place = mixed(hash) & mask
      while (table[place] !== EMPTY) place = (place + 1) & mask
      table[place] = id + 1
    }
    this.#table = table
  }
}

/** FNV-1a over code units (Fowler, Noll and Vo; draft-eastlake-fnv), its high bits folded into the low ones. */
const FNV_OFFSET = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193
const mixed = (hash: number): number => hash ^ (hash >>> 15)

function unitAt(texts: Uint8Array, at: number): number {
  const first = texts[at] as number
  if (first < 0x80) return first
  const second = (texts[at + 1] as number) & 0x3f
  if (first < 0xe0) return ((first & 0x1f) << 6) | second
  return ((first & 0x0f) << 12) | (second << 6) | ((texts[at + 2] as number) & 0x3f)
}

const bytesOf = (unit: number): number => (unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3)
