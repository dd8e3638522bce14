import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { loseDatabase } from './chosen-database.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'

const text = (animal: string): string => `The ${animal} sleeps by day. `.repeat(30)

let folder: string
let snapshot: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  snapshot = join(folder, 'index', 'index.snapshot')
})
after(() => rm(folder, { recursive: true, force: true }))

/** It is closed by the test, or after it where that fails. */
async function start(t: TestContext): Promise<TestService> {
  const service = await startService(t, { folder, unmanaged: true })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= service.close())
  t.after(close)
  return { ...service, close }
}

async function add(service: TestService, animal: string): Promise<void> {
  await service.json('POST', '/api/documents', { title: animal, content: text(animal) })
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents,
    (documents: Json[]) => documents.every(({ searchable }) => searchable === 'full'),
  )
}

async function remove(service: TestService, animal: string): Promise<void> {
  const { documents } = (await service.json('GET', '/api/v1/documents')).body
  const { id } = documents.find(({ title }: Json) => title === animal)
  assert.equal((await service.json('DELETE', `/api/v1/documents/${id}`)).status, 200)
}

/** Titles of what is found: by words, and by meaning all that there is. */
async function check(service: TestService, animals: readonly string[]): Promise<void> {
  const titles = async (body: object): Promise<string[]> =>
    (await service.json('POST', '/api/v1/search', { max_results: 50, ...body })).body.results.map(
      ({ title }: Json) => title,
    )
  assert.deepEqual((await titles({ query: 'sleeping', search_type: 'semantic' })).sort(), animals.toSorted())
  for (const animal of ['otter', 'badger', 'lynx', 'stork', 'adder']) {
    const expected = animals.includes(animal) ? [animal] : []
    assert.deepEqual(await titles({ query: animal, search_type: 'keyword' }), expected)
    if (expected.length > 0) assert.equal((await titles({ query: animal, search_type: 'semantic' }))[0], animal)
  }
}

/** How the index was filled, from the log. */
function beginning({ lines }: TestService): { restored: boolean; changes: number; reason: string | undefined } {
  const of = (message: RegExp) => lines.find((line) => message.test(line.message))?.fields as Json
  const { restored, changes } = of(/^Index is loaded$/)
  return { restored, changes, reason: of(/snapshot cannot be used/)?.reason }
}

test('a start takes the index as it was kept, and what was changed since', async (t) => {
  const first = await start(t)
  assert.equal(beginning(first).reason, 'there is none')
  for (const animal of ['otter', 'badger', 'lynx']) await add(first, animal)
  await first.close()

  const second = await start(t)
  assert.deepEqual(beginning(second), { restored: true, changes: 0, reason: undefined })
  await check(second, ['otter', 'badger', 'lynx'])
  await copyFile(snapshot, `${snapshot}.old`)
  // The rows of the deleted are taken by the others.
  await remove(second, 'badger')
  await remove(second, 'otter')
  for (const animal of ['stork', 'adder', 'otter']) await add(second, animal)
  await second.close()

  // As if it had been killed: an old snapshot beside vectors that were written after it.
  await copyFile(`${snapshot}.old`, snapshot)
  const third = await start(t)
  const { restored, changes } = beginning(third)
  assert.deepEqual([restored, changes > 0], [true, true])
  await check(third, ['lynx', 'stork', 'adder', 'otter'])
  await third.close()
})

const damages: Record<string, { damage: () => Promise<void>; reason: RegExp }> = {
  'with a byte changed': {
    async damage() {
      const bytes = await readFile(snapshot)
      bytes[100] = (bytes[100] as number) ^ 1
      await writeFile(snapshot, bytes)
    },
    reason: /checksum is wrong/,
  },
  'cut off': { damage: () => truncate(snapshot, 500), reason: /ends early/ },
  'without vectors': { damage: () => truncate(join(folder, 'index', 'vectors.f32'), 1000), reason: /too short/ },
  'that is gone': { damage: () => rm(snapshot), reason: /there is none/ },
}

for (const [name, { damage, reason }] of Object.entries(damages)) {
  test(`a snapshot ${name} is not used: the index is filled from the database, and kept again`, async (t) => {
    await damage()
    const service = await start(t)
    assert.equal(beginning(service).restored, false)
    assert.match(beginning(service).reason ?? '', reason)
    await check(service, ['lynx', 'stork', 'adder', 'otter'])
    await eventually(async () => existsSync(snapshot), Boolean)
    await service.close()
    const next = await start(t)
    assert.equal(beginning(next).restored, true)
    await check(next, ['lynx', 'stork', 'adder', 'otter'])
    await next.close()
  })
}

test('a snapshot of another store is not used', async (t) => {
  await loseDatabase(folder)
  const service = await start(t)
  assert.match(beginning(service).reason ?? '', /another store|another model/)
  await check(service, [])
  await service.close()
})
