// A database, the follower of its change log and an index on one side; on the other, what the database holds, searched
// by the reference. What is done to the one is read by the other, and both must give the same.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { AppError } from '../src/core/errors.ts'
import type { ChunkId, DocumentId, UserId } from '../src/core/ids.ts'
import type { SearchType } from '../src/core/ports/search.ts'
import type { Database } from '../src/database/database.ts'
import { createFollower, type Follower } from '../src/features/retrieval/follower.ts'
import { createEmbeddedIndex, type EmbeddedIndex } from '../src/index/embedded-index.ts'
import { VECTORS } from '../src/index/files.ts'
import { ReferenceIndex } from '../src/index/reference.fixture.ts'
import { openEmpty } from './chosen-database.ts'
import { addUser, quietLogger } from './databases.ts'
import { compare } from './index-comparison.ts'
import { createStore, MODEL, type Store } from './index-model-store.ts'
import { DIMENSION, questionFrom, vectorFrom } from './index-model-texts.ts'
import { eventually } from './service.ts'

const OWNERS = ['ada', 'bo', 'cy']

/** When what was committed is taken in: before the next step, some time later, or while a search is under way. */
export type Follow = 'now' | 'later' | 'meanwhile'

export interface Asked {
  /** By their places, modulo how many there are. */
  readonly owner: number
  readonly documents?: readonly number[] | undefined
  readonly question: number
  readonly vector: number
  readonly types?: readonly SearchType[]
  readonly limit?: number
  /** Whether passages are scored that no list names. */
  readonly others?: boolean
}

export interface Damage {
  /** By its place among the index's files. */
  readonly file: number
  /** 0 to 1, from its beginning to its end. */
  readonly at: number
  readonly way: 'gone' | 'cut' | 'flipped'
}

export interface Killing {
  readonly during?: 'following' | 'snapshot' | undefined
  readonly damage?: Damage | undefined
  readonly meanwhile?: (() => Promise<void>) | undefined
}

export class IndexModel {
  readonly database: Database
  readonly store: Store
  readonly #folder: string
  readonly #references: ReadonlyMap<UserId, ReferenceIndex>
  readonly #owners: readonly UserId[]
  /** With or without passages, and whose they are. */
  readonly #documents = new Map<DocumentId, UserId>()
  #index!: EmbeddedIndex
  #follower!: Follower
  #thread: Worker | undefined
  #refill: Promise<void> | undefined
  #dropped: Follower[] = []
  /** The file of exact vectors was damaged, which is found when the row is read, and not filled anew since. */
  #damagedRows = false
  /** Each gives the error that it should not have ended with. */
  #background: Promise<unknown>[] = []
  /** Steps, searches that were compared, and those of which the lift could not be. */
  readonly counted = { steps: 0, compared: 0, open: 0 }

  private constructor(folder: string, database: Database, owners: readonly UserId[]) {
    this.#folder = folder
    this.database = database
    this.#owners = owners
    this.#references = new Map(owners.map((owner) => [owner, new ReferenceIndex()]))
    this.store = createStore(database)
    process.on('worker', this.#noteThread)
  }

  readonly #noteThread = (worker: Worker): void => {
    if (worker.threadName === 'search-index') this.#thread = worker
  }

  static async open(): Promise<IndexModel> {
    const folder = await mkdtemp(join(tmpdir(), 'evident-model-'))
    const database = await openEmpty(folder)
    const owners: UserId[] = []
    for (const name of OWNERS) owners.push(await addUser(database, name))
    const model = new IndexModel(folder, database, owners)
    await model.#start()
    return model
  }

  async close(): Promise<void> {
    process.off('worker', this.#noteThread)
    await this.#index.close()
    for (const follower of [this.#follower, ...this.#dropped]) await follower.close()
    const errors = await Promise.all(this.#background)
    await this.database.close()
    await rm(this.#folder, { recursive: true, force: true })
    assert.deepEqual(
      errors.filter((error) => error !== undefined),
      [],
    )
  }

  // --- What there is ---------------------------------------------------------------------------------------------

  get hasDocuments(): boolean {
    return this.#documents.size > 0
  }

  owner(place: number): UserId {
    return this.#owners[place % this.#owners.length] as UserId
  }

  document(place: number): DocumentId {
    return [...this.#documents.keys()][place % this.#documents.size] as DocumentId
  }

  documentsOf(owner: UserId): DocumentId[] {
    return [...this.#documents].flatMap(([document, whose]) => (whose === owner ? [document] : []))
  }

  #reference(owner: UserId): ReferenceIndex {
    return this.#references.get(owner) as ReferenceIndex
  }

  // --- Changes ---------------------------------------------------------------------------------------------------

  /** Reads what the database holds of the documents now, and has the follower take it in. */
  async changed(documents: readonly DocumentId[], follow: Follow): Promise<void> {
    for (const document of documents) await this.#read(document)
    if (follow === 'now') await this.#follower.catchUp()
    if (follow !== 'meanwhile') return
    const following = this.#follower.catchUp()
    this.#inBackground(following)
    await this.#index.words.search({ owner: this.owner(0) }, 'running cells', 10)
  }

  async #read(document: DocumentId): Promise<void> {
    for (const reference of this.#references.values()) reference.remove(document)
    const { read } = this.database
    const row = await read.selectFrom('documents').selectAll().where('id', '=', document).executeTakeFirst()
    this.#documents.delete(document)
    if (row === undefined) return
    this.#documents.set(document, row.owner_id)
    const chunks = await read
      .selectFrom('chunks')
      .selectAll()
      .where('document_id', '=', document)
      .where('version', '=', row.current_version)
      .orderBy('ordinal')
      .execute()
    const vectors = await read
      .selectFrom('vectors')
      .selectAll()
      .where('document_id', '=', document)
      .where('model', '=', MODEL)
      .execute()
    this.#reference(row.owner_id).put(
      document,
      chunks.map(({ id, context, text }) => ({ chunk: id, title: row.title, context, text })),
      vectors.map(({ chunk_id, vector }) => ({ chunk: chunk_id, vector: new Float32Array(vector.slice().buffer) })),
    )
  }

  // --- Searches --------------------------------------------------------------------------------------------------

  /** Compares one search, once all that was committed is taken in. */
  async check({ owner: place, documents, question, vector, types, limit, others = false }: Asked): Promise<void> {
    await this.#follower.catchUp()
    const owner = this.owner(place)
    const reference = this.#reference(owner)
    const scope = documents?.flatMap((at) => (this.hasDocuments ? [this.document(at)] : []))
    const asked = { owner, documents: scope, text: questionFrom(question), vector: vectorFrom(vector) }
    const all = [...this.#references.values()].flatMap(({ chunks }) => chunks)
    const some = others ? all.filter((_, i) => i % Math.ceil(all.length / MOST_OTHERS) === 0) : undefined
    const comparison = {
      ...(types === undefined ? {} : { types }),
      ...(limit === undefined ? {} : { limit }),
      ...(some === undefined ? {} : { others: [...some, NEVER_GIVEN] }),
    }
    const before = this.#refill
    try {
      const done = await compare(this.#index, reference, asked, comparison).catch(async (error: unknown) => {
        if (!this.#damagedRows || !isNotReady(error)) throw error
        await this.#refilled(before)
        return compare(this.#index, reference, asked, comparison)
      })
      this.counted.compared++
      if (!done) this.counted.open++
    } catch (error) {
      throw new Error(`"${asked.text}" of ${owner}: ${String(error)}`, { cause: error })
    }
  }

  /** How much there is of each owner, and how rare words are. */
  async count(question: number): Promise<void> {
    await this.#follower.catchUp()
    const words = questionFrom(question).split(' ')
    for (const [owner, reference] of this.#references) {
      assert.equal(await this.#index.words.count(owner), reference.chunks.length, `passages of ${owner}`)
      assert.equal(await this.#index.vectors.count(owner), reference.vectorCount, `vectors of ${owner}`)
      const idf = await this.#index.words.idf(owner, words)
      words.forEach((word, i) => {
        const expected = reference.idf(word)
        assert.ok(Math.abs((idf[i] as number) - expected) < 1e-9, `idf of ${word}: ${idf[i]}, expected ${expected}`)
      })
    }
  }

  // --- Ends and beginnings ---------------------------------------------------------------------------------------

  async #start(meanwhile?: () => Promise<void>): Promise<void> {
    this.#index = await createEmbeddedIndex({
      dimension: DIMENSION,
      folder: this.#indexFolder,
      contents: 'model',
      logger: quietLogger,
      onCrash: () => void (this.#refill = this.#follower.refill()),
    })
    const { words, vectors, load } = this.#index
    const { database } = this
    this.#follower = createFollower({
      database,
      words,
      vectors,
      load,
      restorable: this.#index,
      model: () => MODEL,
      logger: quietLogger,
    })
    await Promise.all([this.#follower.start(), meanwhile?.()])
  }

  get #indexFolder(): string {
    return join(this.#folder, 'index')
  }

  async restart(): Promise<void> {
    await this.#follower.close()
    await this.#index.close()
    await this.#start()
  }

  /**
   * The thread ends wherever it is and the follower is left as it is; both begin anew.
   * @param during what is under way then
   * @param meanwhile what is done while the new ones begin
   */
  async kill({ during, damage, meanwhile }: Killing): Promise<void> {
    if (during === 'following') this.#inBackground(this.#follower.catchUp())
    if (during === 'snapshot') this.#inBackground(this.#follower.snapshot())
    await this.#index.close()
    this.#dropped.push(this.#follower)
    if (damage !== undefined) await this.#damage(damage)
    await this.#start(meanwhile)
  }

  /** The thread alone ends; what is committed before its successor is filled is there as well. */
  async crash({ following, meanwhile }: { following: boolean; meanwhile: () => Promise<void> }): Promise<void> {
    const before = this.#refill
    if (following) this.#inBackground(this.#follower.catchUp())
    await this.#thread?.terminate()
    await assert.rejects(this.#index.words.search({ owner: this.owner(0) }, 'cells', 1), isNotReady)
    await meanwhile()
    await this.#refilled(before)
  }

  /** The successor of a thread that ended holds what the database does. */
  async #refilled(before: Promise<void> | undefined): Promise<void> {
    await eventually(
      async () => this.#refill !== before,
      (begun) => begun,
    )
    await this.#refill
    this.#damagedRows = false
    assert.ok(this.#follower.ready())
  }

  async snapshot(): Promise<void> {
    await this.#follower.snapshot()
  }

  async #damage({ file, at, way }: Damage): Promise<void> {
    const names = await readdir(this.#indexFolder)
    if (names.length === 0) return
    const name = names.toSorted()[file % names.length] as string
    const path = join(this.#indexFolder, name)
    this.#damagedRows ||= name === VECTORS && way !== 'gone'
    const bytes = await readFile(path)
    const place = Math.floor(at * bytes.length)
    if (way === 'gone') await rm(path)
    else if (way === 'cut') await truncate(path, place)
    else if (bytes.length > 0) {
      bytes[place] = (bytes[place] as number) ^ 0x10
      await writeFile(path, bytes)
    }
  }

  /** What is being done when the thread ends fails or not: nobody waits for it. */
  #inBackground(work: Promise<void>): void {
    const ended = work.then(
      () => undefined,
      (error: unknown) => (isNotReady(error) ? undefined : error),
    )
    this.#background.push(ended)
  }
}

const MOST_OTHERS = 50
const NEVER_GIVEN = 999_999_999 as ChunkId

const isNotReady = (error: unknown): boolean => error instanceof AppError && error.code === 'not_ready'
