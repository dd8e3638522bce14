import { createHash } from 'node:crypto'
import type { DocumentId } from '../core/ids.ts'
import type { DocumentAttributes, MetadataValue, Scope } from '../core/ports/search.ts'
import { grown } from './growing.ts'
import { Interned, NONE } from './interned.ts'

/** Pairs of documents that are gone are cleared away once they are more than the others and at least this many. */
const COMPACT_FROM = 1024
/** UTF-16 code units of a pair of key and value that is kept as it is; a longer one is kept by its SHA-256. */
const LONGEST_PAIR = 96

/** Columns of `OwnerDocuments` by ordinal, up to its capacity. */
export interface SavedDocuments {
  /** Empty where an ordinal is free. */
  readonly ids: readonly string[]
  /** Places in `chats` and `fileTypes`; 0: none. */
  readonly chat: Uint32Array
  readonly fileType: Uint32Array
  /** Milliseconds since 1970; NaN where nothing is known of the document. */
  readonly created: Float64Array
  /** Places in `pairs`, one ordinal's after the other's, and how many are each one's. */
  readonly pair: Uint32Array
  readonly pairCount: Uint32Array
  readonly chats: readonly string[]
  readonly fileTypes: readonly string[]
  readonly pairs: readonly string[]
}

/**
 * The documents of one owner by ordinal: a small number that each has from its first passage to its last, and that another
 * is given after it. Beside it, in columns, stands what filters ask of a document, so that a filter is a few passes over
 * arrays of numbers: of 100,000 documents some tenths of a millisecond.
 */
export class OwnerDocuments {
  #ordinals = new Map<DocumentId, number>()
  #ids: (DocumentId | undefined)[] = []
  #free: number[] = []
  #chat = new Uint32Array(0)
  #fileType = new Uint32Array(0)
  #created = new Float64Array(0)
  /** Where the ordinal's pairs of metadata begin in the two columns of pairs, and how many they are. */
  #pairStart = new Uint32Array(0)
  #pairCount = new Uint32Array(0)
  /** Pair by pair its number, `NONE` where its document is gone, and whose it is. */
  #pair = new Uint32Array(0)
  #pairOwner = new Uint32Array(0)
  #pairEnd = 0
  #pairsGone = 0
  readonly #chats = new Interned()
  readonly #fileTypes = new Interned()
  readonly #pairs = new Interned()

  get count(): number {
    return this.#ordinals.size
  }

  /** One more than the largest ordinal that was ever given. */
  get capacity(): number {
    return this.#ids.length
  }

  get bytes(): number {
    const columns = [
      this.#chat,
      this.#fileType,
      this.#created,
      this.#pairStart,
      this.#pairCount,
      this.#pair,
      this.#pairOwner,
    ]
    const values = this.#chats.bytes + this.#fileTypes.bytes + this.#pairs.bytes
    return columns.reduce((sum, { byteLength }) => sum + byteLength, values + this.count * BYTES_PER_ID)
  }

  ordinalOf(id: DocumentId): number | undefined {
    return this.#ordinals.get(id)
  }

  /** Of the document that has the ordinal; undefined while none has. */
  idOf(ordinal: number): DocumentId | undefined {
    return this.#ids[ordinal]
  }

  /** The document's ordinal, a new one if it has none. @param attributes in the place of what was known; absent: as before */
  add(id: DocumentId, attributes?: DocumentAttributes): number {
    const ordinal = this.#ordinals.get(id) ?? this.#give(id)
    if (attributes !== undefined) {
      this.#forget(ordinal)
      this.#chat[ordinal] = attributes.chat === null ? NONE : this.#chats.take(attributes.chat)
      this.#fileType[ordinal] = attributes.fileType === null ? NONE : this.#fileTypes.take(attributes.fileType)
      this.#created[ordinal] = attributes.created
      this.#keepPairs(
        ordinal,
        Object.entries(attributes.metadata).map(([key, value]) => pairOf(key, value)),
      )
    }
    return ordinal
  }

  remove(id: DocumentId): void {
    const ordinal = this.#ordinals.get(id)
    if (ordinal === undefined) return
    this.#forget(ordinal)
    this.#ordinals.delete(id)
    this.#ids[ordinal] = undefined
    this.#free.push(ordinal)
  }

  /** 1 for each ordinal below the capacity whose document may be found; undefined: all of them may. */
  matching({ documents, filter = {} }: Pick<Scope, 'documents' | 'filter'>): Uint8Array | undefined {
    const { chats, fileTypes, createdFrom, createdBefore, metadata } = filter
    const pairs = Object.entries(metadata ?? {})
    const isDated = createdFrom !== undefined || createdBefore !== undefined
    if (documents === undefined && chats === undefined && fileTypes === undefined && !isDated && pairs.length === 0)
      return undefined

    // A free ordinal, as one of which nothing is known, meets no condition.
    const found = documents === undefined ? new Uint8Array(this.capacity).fill(1) : this.#marked(documents)
    if (chats !== undefined) narrow(found, this.#chat, this.#chats, chats)
    if (fileTypes !== undefined) narrow(found, this.#fileType, this.#fileTypes, fileTypes)
    if (isDated) this.#narrowByDate(found, createdFrom ?? -Infinity, createdBefore ?? Infinity)
    if (pairs.length === 0) return found
    return this.#holders(
      found,
      pairs.map(([key, value]) => this.#pairs.numberOf(pairOf(key, value)) ?? NONE),
    )
  }

  save(): SavedDocuments {
    const capacity = this.capacity
    const pair = new Uint32Array(this.#pairEnd - this.#pairsGone)
    let end = 0
    for (let ordinal = 0; ordinal < capacity; ordinal++) {
      const start = this.#pairStart[ordinal] as number
      const count = this.#pairCount[ordinal] as number
      pair.set(this.#pair.subarray(start, start + count), end)
      end += count
    }
    return {
      ids: this.#ids.map((id) => id ?? ''),
      chat: this.#chat.slice(0, capacity),
      fileType: this.#fileType.slice(0, capacity),
      created: this.#created.slice(0, capacity),
      pair,
      pairCount: this.#pairCount.slice(0, capacity),
      chats: this.#chats.strings(),
      fileTypes: this.#fileTypes.strings(),
      pairs: this.#pairs.strings(),
    }
  }

  /** The same documents under the same ordinals. */
  static load(saved: SavedDocuments): OwnerDocuments {
    const loaded = new OwnerDocuments()
    let at = 0
    saved.ids.forEach((id, ordinal) => {
      const end = at + (saved.pairCount[ordinal] as number)
      loaded.#append(id === '' ? undefined : (id as DocumentId))
      loaded.#chat[ordinal] = taken(loaded.#chats, saved.chats, saved.chat[ordinal] as number)
      loaded.#fileType[ordinal] = taken(loaded.#fileTypes, saved.fileTypes, saved.fileType[ordinal] as number)
      loaded.#created[ordinal] = saved.created[ordinal] as number
      loaded.#keepPairs(
        ordinal,
        Array.from(saved.pair.subarray(at, end), (number) => saved.pairs[number] as string),
      )
      at = end
    })
    return loaded
  }

  #give(id: DocumentId): number {
    const free = this.#free.pop()
    if (free === undefined) return this.#append(id)
    this.#ids[free] = id
    this.#ordinals.set(id, free)
    return free
  }

  /** @param id undefined: the new ordinal is free */
  #append(id: DocumentId | undefined): number {
    const ordinal = this.#ids.length
    this.#ids.push(id)
    this.#chat = grown(this.#chat, ordinal + 1)
    this.#fileType = grown(this.#fileType, ordinal + 1)
    this.#created = grown(this.#created, ordinal + 1)
    this.#pairStart = grown(this.#pairStart, ordinal + 1)
    this.#pairCount = grown(this.#pairCount, ordinal + 1)
    this.#created[ordinal] = Number.NaN
    if (id === undefined) this.#free.push(ordinal)
    else this.#ordinals.set(id, ordinal)
    return ordinal
  }

  #forget(ordinal: number): void {
    this.#chats.release(this.#chat[ordinal] as number)
    this.#fileTypes.release(this.#fileType[ordinal] as number)
    this.#chat[ordinal] = this.#fileType[ordinal] = NONE
    this.#created[ordinal] = Number.NaN
    const start = this.#pairStart[ordinal] as number
    const count = this.#pairCount[ordinal] as number
    for (let at = start; at < start + count; at++) {
      this.#pairs.release(this.#pair[at] as number)
      this.#pair[at] = NONE
    }
    this.#pairCount[ordinal] = 0
    this.#pairsGone += count
    if (this.#pairsGone >= COMPACT_FROM && this.#pairsGone > this.#pairEnd / 2) this.#clearPairs()
  }

  #keepPairs(ordinal: number, pairs: readonly string[]): void {
    const start = this.#pairEnd
    this.#pairEnd += pairs.length
    this.#pair = grown(this.#pair, this.#pairEnd)
    this.#pairOwner = grown(this.#pairOwner, this.#pairEnd)
    pairs.forEach((pair, i) => (this.#pair[start + i] = this.#pairs.take(pair)))
    this.#pairOwner.fill(ordinal, start, this.#pairEnd)
    this.#pairStart[ordinal] = start
    this.#pairCount[ordinal] = pairs.length
  }

  /** What is left moves together, in the order in which it lies. */
  #clearPairs(): void {
    let end = 0
    for (let at = 0; at < this.#pairEnd; at++) {
      const pair = this.#pair[at] as number
      if (pair === NONE) continue
      const owner = this.#pairOwner[at] as number
      if (end === 0 || this.#pairOwner[end - 1] !== owner) this.#pairStart[owner] = end
      this.#pair[end] = pair
      this.#pairOwner[end++] = owner
    }
    this.#pair = this.#pair.slice(0, end)
    this.#pairOwner = this.#pairOwner.slice(0, end)
    this.#pairEnd = end
    this.#pairsGone = 0
  }

  #marked(documents: readonly DocumentId[]): Uint8Array {
    const marked = new Uint8Array(this.capacity)
    for (const document of documents) {
      const ordinal = this.#ordinals.get(document)
      if (ordinal !== undefined) marked[ordinal] = 1
    }
    return marked
  }

  /** What is not known is at no time. */
  #narrowByDate(found: Uint8Array, from: number, before: number): void {
    const created = this.#created
    const { length } = found
    for (let ordinal = 0; ordinal < length; ordinal++) {
      const time = created[ordinal] as number
      if (!(time >= from && time < before)) found[ordinal] = 0
    }
  }

  /** Those of the found whose metadata hold all of the pairs: the rarest pair leaves the fewest to look at. */
  #holders(found: Uint8Array, wanted: number[]): Uint8Array {
    const holders = new Uint8Array(found.length)
    const [rarest = NONE, ...others] = wanted.sort((a, b) => this.#pairs.usesOf(a) - this.#pairs.usesOf(b))
    if (rarest === NONE) return holders
    const pairs = this.#pair
    const owners = this.#pairOwner
    const end = this.#pairEnd
    for (let at = 0; at < end; at++) {
      if (pairs[at] !== rarest) continue
      const ordinal = owners[at] as number
      holders[ordinal] = found[ordinal] as number
    }
    if (others.length === 0) return holders
    for (let ordinal = 0; ordinal < holders.length; ordinal++)
      if (holders[ordinal] === 1 && !others.every((pair) => this.#holds(ordinal, pair))) holders[ordinal] = 0
    return holders
  }

  #holds(ordinal: number, pair: number): boolean {
    const start = this.#pairStart[ordinal] as number
    const end = start + (this.#pairCount[ordinal] as number)
    for (let at = start; at < end; at++) if (this.#pair[at] === pair) return true
    return false
  }
}

/** Leaves what has one of the values in the column. */
function narrow(found: Uint8Array, column: Uint32Array, values: Interned, wanted: readonly string[]): void {
  const isWanted = new Uint8Array(values.end)
  for (const value of wanted) isWanted[values.numberOf(value) ?? NONE] = 1
  isWanted[NONE] = 0
  for (let ordinal = 0; ordinal < found.length; ordinal++)
    found[ordinal] = (found[ordinal] as number) & (isWanted[column[ordinal] as number] as number)
}

const taken = (values: Interned, strings: readonly string[], place: number): number =>
  place === NONE ? NONE : values.take(strings[place] as string)

/** One string for key and value, the same for the same two only. */
function pairOf(key: string, value: MetadataValue): string {
  const pair = JSON.stringify([key, value])
  return pair.length <= LONGEST_PAIR ? pair : createHash('sha256').update(pair).digest('base64')
}

/** A map entry, a place in the list, and the id itself. */
const BYTES_PER_ID = 128
