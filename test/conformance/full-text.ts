// What a vector replica does with words (`supports.fullText` in src/core/ports/search.ts): both sides of that flag.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ChunkId, DocumentId, UserId } from '../../src/core/ids.ts'
import type { DocumentAttributes, VectorReplica, WeighedTerms } from '../../src/core/ports/search.ts'

export interface FullTextOptions {
  /** Whether the server is written down as one that looks for words. */
  readonly fullText: boolean
  /** An empty one of vectors of 8 numbers. */
  readonly open: () => Promise<VectorReplica>
}

const NO_ATTRIBUTES: DocumentAttributes = { chat: null, fileType: null, created: 0, metadata: {} }
const named = (id: string): DocumentId => id as DocumentId
const axis = (i: number): Float32Array => Float32Array.from({ length: 8 }, (_, at) => (at === i ? 1 : 0))

const numbers = new Map<string, number>()
/** Of each word its number, far apart, and its weight: 1, or what stands behind it (`red:2`). */
function weighed(text: string): WeighedTerms {
  const words = text.split(' ').filter((word) => word !== '')
  const pairs = words.map((word): [number, number] => {
    const [name = '', weight = '1'] = word.split(':')
    const number = numbers.get(name) ?? 0xffff_fffe - 1_000_003 * numbers.size
    numbers.set(name, number)
    return [number, Number(weight)]
  })
  pairs.sort(([a], [b]) => a - b)
  return { ids: Uint32Array.from(pairs, ([id]) => id), weights: Float32Array.from(pairs, ([, weight]) => weight) }
}

export function fullTextConformance(name: string, { fullText, open }: FullTextOptions): void {
  describe(`${name}: words of a vector replica`, () => {
    let replica: VectorReplica
    let chunks = 0
    let owners = 0
    before(async () => {
      replica = await open()
      await replica.probe()
    })
    after(() => replica.close())

    const newOwner = (): UserId => `owner-${++owners}` as UserId
    /** A document of one passage for each text, the first of them along the first axis, and so on. */
    const documentOf = (owner: UserId, id: string, texts: readonly string[], attributes = NO_ATTRIBUTES) => ({
      owner,
      document: named(id),
      attributes,
      rows: texts.map((text, i) => ({ chunk: ++chunks as ChunkId, vector: axis(i % 8), terms: weighed(text) })),
    })

    test('says whether it looks for words, once it has answered', () => {
      assert.equal(replica.supports.fullText, fullText)
      assert.equal(replica.name?.includes('_words_'), fullText)
    })

    test('a document with terms is there once, however often it is put', async () => {
      const owner = newOwner()
      const document = documentOf(owner, 'a', ['red appl', 'blue sky'])
      assert.deepEqual(await replica.putDocuments([document]), { added: 2 })
      assert.deepEqual(await replica.putDocuments([document]), { added: 0 })
      const terms = weighed('titl red appl')
      const retitled = { ...document, rows: document.rows.map((row) => ({ ...row, terms })) }
      assert.deepEqual(await replica.putDocuments([retitled]), { added: fullText ? 2 : 0 })
      assert.equal(await replica.count(owner), 2)
    })

    test('the nearest are candidates of a question without known words', async () => {
      const owner = newOwner()
      const { rows, ...rest } = documentOf(owner, 'a', ['red appl', 'blue sky'])
      await replica.putDocuments([{ ...rest, rows }])
      assert.deepEqual(await replica.candidates({ owner }, { vector: axis(1), terms: weighed('') }, 1), [
        rows[1]?.chunk,
      ])
      assert.deepEqual(await replica.candidates({ owner }, { terms: weighed('') }, 1), [])
    })

    if (!fullText) return

    test('words alone find what holds one of them, the largest product first', async () => {
      const owner = newOwner()
      const { rows, ...rest } = documentOf(owner, 'a', ['red:.5 appl:.5', 'red:.7', 'blue', ''])
      await replica.putDocuments([{ ...rest, rows }])
      const [both, red] = rows.map(({ chunk }) => chunk)
      const find = (query: string, limit = 10) => replica.candidates({ owner }, { terms: weighed(query) }, limit)
      assert.deepEqual(await find('red appl'), [both, red])
      assert.deepEqual(await find('red appl:.1'), [red, both])
      assert.deepEqual(await find('nowhere'), [])
      assert.deepEqual(await find('red appl', 1), [both])
    })

    test('what others hold, and how much of it is sealed, changes nothing', async () => {
      const [owner, other] = [newOwner(), newOwner()]
      const { rows, ...rest } = documentOf(owner, 'a', [
        ...Array.from({ length: 200 }, () => 'report:.9 year:.9'),
        'tenant:.4',
      ])
      await replica.putDocuments([{ ...rest, rows }])
      await replica.putDocuments([
        documentOf(
          other,
          'b',
          Array.from({ length: 2000 }, () => 'tenant:.9'),
        ),
      ])
      const find = () => replica.candidates({ owner }, { terms: weighed('report:.1 tenant:5') }, 3)
      assert.equal((await find())[0], rows.at(-1)?.chunk)
      await replica.seal()
      assert.equal((await find())[0], rows.at(-1)?.chunk)
    })

    test('words and vector find the best of both, of one owner and what its filter lets through', async () => {
      const [owner, other] = [newOwner(), newOwner()]
      const here = documentOf(owner, 'a', ['red appl', 'blue sky', 'old stone'])
      const chatted = documentOf(owner, 'b', ['red rain'], { ...NO_ATTRIBUTES, chat: 'c' })
      await replica.putDocuments([here, chatted, documentOf(other, 'a', ['red appl', 'red'])])
      const query = { vector: axis(1), terms: weighed('red') }
      const ids = (scope: object, limit: number) => replica.candidates({ owner, ...scope }, query, limit)
      const [apple, sky] = here.rows.map(({ chunk }) => chunk)
      const [rain] = chatted.rows.map(({ chunk }) => chunk)
      const sorted = (some: readonly (ChunkId | undefined)[]) =>
        some.toSorted((a = 0 as ChunkId, b = 0 as ChunkId) => a - b)
      assert.deepEqual(sorted(await ids({ documents: [named('a')] }, 1)), sorted([apple, sky]))
      assert.deepEqual(sorted(await ids({ filter: { chats: ['c'] } }, 5)), sorted([rain]))
      assert.equal((await ids({}, 5)).length, 4)
      assert.deepEqual(await ids({ documents: [] }, 5), [])
    })

    test('what is replaced or gone is found by its words no more', async () => {
      const owner = newOwner()
      const before = documentOf(owner, 'a', ['red appl'])
      await replica.putDocuments([before])
      const after = documentOf(owner, 'a', ['blue sky'])
      await replica.putDocuments([after])
      const find = (term: string) => replica.candidates({ owner }, { terms: weighed(term) }, 5)
      assert.deepEqual([await find('red'), await find('blue')], [[], after.rows.map(({ chunk }) => chunk)])
      const described = { document: named('a'), attributes: { ...NO_ATTRIBUTES, chat: 'c' } }
      await replica.describeDocuments(owner, [described])
      assert.equal((await find('blue')).length, 1)
      await replica.deleteDocuments(owner, [named('a')])
      assert.deepEqual(await find('blue'), [])
    })
  })
}
