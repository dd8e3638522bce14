import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { DocumentId } from '../core/ids.ts'
import type { DocumentAttributes, DocumentFilter, MetadataValue } from '../core/ports/search.ts'
import { OwnerDocuments } from './documents.ts'

const id = (name: string): DocumentId => name as DocumentId
const attributes = (over: Partial<DocumentAttributes> = {}): DocumentAttributes => ({
  chat: null,
  fileType: null,
  created: 0,
  metadata: {},
  ...over,
})

/** Names of those that may be found, in the order of the names. */
function found(
  documents: OwnerDocuments,
  filter?: DocumentFilter,
  only?: readonly DocumentId[],
): readonly string[] | 'all' {
  const matching = documents.matching({ documents: only, filter })
  if (matching === undefined) return 'all'
  assert.equal(matching.length, documents.capacity)
  const names = Array.from(matching).flatMap((one, ordinal) => (one === 1 ? [String(documents.idOf(ordinal))] : []))
  return names.sort()
}

function some(): OwnerDocuments {
  const documents = new OwnerDocuments()
  documents.add(id('a'), attributes({ chat: 'c1', fileType: 'text/plain', created: 10, metadata: { year: 2024 } }))
  documents.add(id('b'), attributes({ chat: 'c2', fileType: 'text/plain', created: 20, metadata: { year: '2024' } }))
  documents.add(id('c'), attributes({ created: 30, metadata: { year: 2024, draft: true } }))
  documents.add(id('d'))
  return documents
}

test('each condition lets through what meets it, and all together what meets them all', () => {
  const documents = some()
  assert.equal(found(documents), 'all')
  assert.equal(found(documents, {}), 'all')
  assert.equal(found(documents, { metadata: {} }), 'all')
  assert.deepEqual(found(documents, { chats: ['c1'] }), ['a'])
  assert.deepEqual(found(documents, { chats: ['c1', 'c2', 'c3'] }), ['a', 'b'])
  assert.deepEqual(found(documents, { fileTypes: ['text/plain'] }), ['a', 'b'])
  assert.deepEqual(found(documents, { createdFrom: 20 }), ['b', 'c'])
  assert.deepEqual(found(documents, { createdBefore: 20 }), ['a'])
  assert.deepEqual(found(documents, { createdFrom: 10, createdBefore: 30 }), ['a', 'b'])
  assert.deepEqual(found(documents, { metadata: { year: 2024 } }), ['a', 'c'])
  assert.deepEqual(found(documents, { metadata: { year: '2024' } }), ['b'])
  assert.deepEqual(found(documents, { metadata: { year: 2024, draft: true } }), ['c'])
  documents.add(id('e'), attributes({ metadata: { draft: true, final: true } }))
  assert.deepEqual(found(documents, { metadata: { year: 2024, draft: true } }), ['c'])
  assert.deepEqual(found(documents, { metadata: { year: 2024, draft: true, final: true } }), [])
  assert.deepEqual(found(documents, { fileTypes: ['text/plain'], metadata: { year: 2024 } }), ['a'])
  assert.deepEqual(found(documents, { createdFrom: 20 }, [id('a'), id('c'), id('d'), id('c')]), ['c'])
})

test('an empty list and a value that nothing has let nothing through', () => {
  const documents = some()
  assert.deepEqual(found(documents, { chats: [] }), [])
  assert.deepEqual(found(documents, { fileTypes: [] }), [])
  assert.deepEqual(found(documents, { chats: ['nowhere'] }), [])
  assert.deepEqual(found(documents, { metadata: { year: 1 } }), [])
  assert.deepEqual(found(documents, { metadata: { toString: 'year' } }), [])
  assert.deepEqual(found(documents, {}, []), [])
  assert.deepEqual(found(documents, {}, [id('unknown')]), [])
})

test('an ordinal stays while the document does, and is given to another after it', () => {
  const documents = some()
  const ordinal = documents.ordinalOf(id('b'))
  assert.equal(documents.add(id('b'), attributes({ chat: 'c9' })), ordinal)
  assert.deepEqual(found(documents, { chats: ['c2', 'c9'] }), ['b'])
  assert.deepEqual(found(documents, { metadata: { year: '2024' } }), [])
  assert.equal(documents.add(id('b')), ordinal)
  assert.deepEqual(found(documents, { chats: ['c9'] }), ['b'], 'without attributes they are as they were')
  documents.remove(id('b'))
  documents.remove(id('b'))
  assert.deepEqual([documents.ordinalOf(id('b')), documents.idOf(ordinal ?? -1)], [undefined, undefined])
  assert.deepEqual([documents.count, documents.capacity], [3, 4])
  assert.equal(documents.add(id('e')), ordinal)
  assert.deepEqual(found(documents, { chats: ['c9'] }), [], 'nothing of the one before')
  assert.deepEqual(found(documents, { createdFrom: -Infinity }), ['a', 'c'])
  assert.equal(documents.capacity, 4)
})

test('what is saved comes back with its ordinals, and free ones are given again', () => {
  const documents = some()
  documents.add(id('e'), attributes({ chat: 'c2', metadata: { year: 2024, draft: true, kind: 'letter' } }))
  documents.add(id('f'), attributes({ metadata: { kind: 'letter' } }))
  const free = documents.ordinalOf(id('b'))
  documents.remove(id('b'))
  const loaded = OwnerDocuments.load(structuredClone(documents.save()))
  const filters: DocumentFilter[] = [
    { metadata: { year: 2024 } },
    { metadata: { draft: true } },
    { metadata: { kind: 'letter' } },
    { metadata: { year: '2024' } },
    { chats: ['c1', 'c2'] },
    { createdFrom: 0, createdBefore: 20 },
  ]
  for (const filter of filters) assert.deepEqual(found(loaded, filter), found(documents, filter))
  assert.deepEqual(found(loaded, { metadata: { kind: 'letter' } }), ['e', 'f'])
  for (const name of ['a', 'c', 'd', 'e', 'f'])
    assert.equal(loaded.ordinalOf(id(name)), documents.ordinalOf(id(name)), name)
  assert.equal(loaded.add(id('g'), attributes({ metadata: { kind: 'letter' } })), free)
  loaded.remove(id('e'))
  assert.deepEqual(found(loaded, { metadata: { kind: 'letter' } }), ['f', 'g'])
})

test('long values are told apart, and cost no more than a short one', () => {
  const documents = new OwnerDocuments()
  const long = 'x'.repeat(1_000_000)
  documents.add(id('a'), attributes({ metadata: { abstract: `${long}1` } }))
  documents.add(id('b'), attributes({ metadata: { abstract: `${long}2` } }))
  assert.deepEqual(found(documents, { metadata: { abstract: `${long}2` } }), ['b'])
  assert.ok(JSON.stringify(documents.save().pairs).length < 200)
})

test('documents that come and go leave nothing behind', () => {
  const documents = new OwnerDocuments()
  const turn = (n: number): void => {
    const metadata = { number: n, name: `value ${n}`, same: true }
    documents.add(id(`d${n}`), attributes({ chat: `c${n}`, fileType: `t/${n}`, metadata }))
    if (n >= 50) documents.remove(id(`d${n - 50}`))
  }
  for (let n = 0; n < 3000; n++) turn(n)
  const bytes = documents.bytes
  for (let n = 3000; n < 20_000; n++) turn(n)
  assert.deepEqual([documents.count, documents.capacity], [50, 51])
  assert.ok(documents.bytes <= bytes * 1.5, `${documents.bytes} bytes, ${bytes} before`)
  assert.deepEqual(found(documents, { chats: ['c19990', 'c5'], metadata: { name: 'value 19990' } }), ['d19990'])
  assert.equal((found(documents, { metadata: { same: true } }) as string[]).length, 50)
  const { chats, pairs } = documents.save()
  assert.ok(chats.length <= 53 && pairs.length <= 105, `${chats.length} chats, ${pairs.length} pairs`)
})

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h').map(id)
const times = fc.integer({ min: 0, max: 5 })
const value: fc.Arbitrary<MetadataValue> = fc.constantFrom<MetadataValue[]>(1, '1', true, 'x'.repeat(200))
const metadata = fc.dictionary(fc.constantFrom('k', '__proto__', 'm,"n'), value, { maxKeys: 3 })
const chat = fc.constantFrom('c1', 'c2', 'c3')
const fileType = fc.constantFrom('text/plain', 'application/pdf')
const described = fc.record<DocumentAttributes>({
  chat: fc.option(chat),
  fileType: fc.option(fileType),
  created: times,
  metadata,
})
const absent = { nil: undefined }
const filters = fc.record<DocumentFilter>({
  chats: fc.option(fc.array(chat, { maxLength: 2 }), absent),
  fileTypes: fc.option(fc.array(fileType, { maxLength: 2 }), absent),
  createdFrom: fc.option(times, absent),
  createdBefore: fc.option(times, absent),
  metadata: fc.option(metadata, absent),
})
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('add' as const), name: names, attributes: fc.option(described, absent) }),
    fc.record({ kind: fc.constant('remove' as const), name: names }),
    fc.record({ kind: fc.constant('reload' as const) }),
    fc.record({ kind: fc.constant('ask' as const), filter: filters, only: fc.option(fc.array(names), absent) }),
  ),
  { maxLength: 60 },
)

function isMet(known: DocumentAttributes | undefined, filter: DocumentFilter): boolean {
  const { chats, fileTypes, createdFrom, createdBefore } = filter
  const wanted = Object.entries(filter.metadata ?? {})
  if (known === undefined)
    return [chats, fileTypes, createdFrom, createdBefore, wanted[0]].every((condition) => condition === undefined)
  const held = new Map(Object.entries(known.metadata))
  return (
    (chats === undefined || (known.chat !== null && chats.includes(known.chat))) &&
    (fileTypes === undefined || (known.fileType !== null && fileTypes.includes(known.fileType))) &&
    (createdFrom === undefined || known.created >= createdFrom) &&
    (createdBefore === undefined || known.created < createdBefore) &&
    wanted.every(([key, one]) => held.get(key) === one)
  )
}

test('after any steps a filter finds what it finds among plain objects', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      let documents = new OwnerDocuments()
      const oracle = new Map<DocumentId, DocumentAttributes | undefined>()
      for (const step of taken) {
        if (step.kind === 'add') {
          documents.add(step.name, step.attributes)
          oracle.set(step.name, step.attributes ?? oracle.get(step.name))
        } else if (step.kind === 'remove') {
          documents.remove(step.name)
          oracle.delete(step.name)
        } else if (step.kind === 'reload') {
          // As it comes back from a file.
          const before = documents
          documents = OwnerDocuments.load(structuredClone(before.save()))
          for (const name of oracle.keys()) assert.equal(documents.ordinalOf(name), before.ordinalOf(name))
        } else {
          const expected = [...oracle].filter(
            ([name, known]) => (step.only?.includes(name) ?? true) && isMet(known, step.filter),
          )
          const all = found(documents, step.filter, step.only)
          const shown = all === 'all' ? found(documents, {}, [...oracle.keys()]) : all
          assert.deepEqual(shown, expected.map(([name]) => String(name)).sort())
        }
        assert.equal(documents.count, oracle.size)
      }
    }),
    { numRuns: 500 },
  )
})
