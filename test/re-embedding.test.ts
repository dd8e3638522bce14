import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { passageText } from '../src/core/documents.ts'
import { LOCAL_USER } from '../src/core/ids.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import type { Database } from '../src/database/database.ts'
import type { InSlices } from '../src/database/retention.ts'
import { createReEmbedding, type ReEmbeddingState } from '../src/features/ingestion/re-embedding.ts'
import { forEachDatabase, quietLogger as logger } from './databases.ts'
import { counted, paragraph, passagesOf, quickEmbedder, startIngestion } from './ingestion.ts'
import { eventually } from './service.ts'

const [blue, green] = [quickEmbedder('blue'), quickEmbedder('green')]

function start(database: Database, t: TestContext, { serving = blue, models = [blue, green] } = {}) {
  const modelOf = (name: string): Embedder => {
    const model = models.find((one) => one.name === name)
    if (model === undefined) throw new Error(`There is no model ${name}`)
    return model
  }
  const errors: object[] = []
  const reEmbedding = createReEmbedding({
    database,
    serving,
    check: modelOf,
    open: async (name) => modelOf(name),
    idOf: async (name) => modelOf(name).id,
    logger: { ...logger, error: (fields) => errors.push(fields) },
    pauseMs: 10,
  })
  t.after(() => reEmbedding.close())
  return { ...reEmbedding, errors }
}

const inSlices: InSlices = async (slice) => {
  while ((await slice(3)) >= 3) continue
}

const active = (name: string) => (state: ReEmbeddingState) => state.active === name && state.next === null

/** Of every passage whether its vector is that of its present text in this model. */
async function complete(database: Database, model: Embedder): Promise<boolean> {
  const rows = await passagesOf(database, model.id)
  assert.ok(rows.length > 0)
  const expected = await model.embed(
    rows.map(({ title, context, text }) => passageText(title, context, text)),
    'document',
  )
  return rows.every(
    ({ vector }, i) =>
      vector !== null &&
      Buffer.from(vector).equals(Buffer.from(new Uint8Array(expected[i]?.buffer ?? new ArrayBuffer(0)))),
  )
}

const models = async (database: Database): Promise<string[]> => {
  const rows = await database.read.selectFrom('vectors').select('model').distinct().orderBy('model').execute()
  return rows.map(({ model }) => model)
}

forEachDatabase('Embedding with another model', ({ test }) => {
  test('makes its vectors beside the others, switches, and removes those once the new ones serve', async (database, t) => {
    const { add, stop } = await startIngestion(database, t, blue)
    for (const about of ['harbour', 'lamp', 'storm']) await add(paragraph(about))
    const first = start(database, t)
    await first.start()
    assert.equal((await first.state()).active, 'blue')
    const { done, total, next } = await first.begin('green')
    assert.deepEqual([done, next], [0, 'green'])
    const { serving } = await eventually(first.state, active('green'))
    assert.equal(serving, 'blue')
    assert.deepEqual([await complete(database, blue), await complete(database, green)], [true, true])

    // Both stay whole until the next start.
    await add(paragraph('boat'))
    const after = await eventually(first.state, (state) => state.done === state.total)
    assert.ok(after.total > total)
    await first.cleaning.remove(inSlices)
    assert.deepEqual([await complete(database, blue), await complete(database, green)], [true, true])
    await first.close()
    await stop()

    const second = start(database, t, { serving: green })
    await second.start()
    await second.cleaning.remove(inSlices)
    assert.deepEqual(await models(database), ['green@1'])
    assert.ok(await complete(database, green))
    const { done: left, total: all } = await second.state()
    assert.equal(left, all)
  })

  test('goes on where it was stopped, and embeds nothing twice', async (database, t) => {
    const { add } = await startIngestion(database, t, blue)
    for (let n = 0; n < 50; n++) await add(`A text about the number ${n}.`)
    const { embedder, gate, taken } = counted(green)
    const killed = start(database, t, { models: [blue, embedder] })
    await killed.start()
    let batches = 0
    // What is being embedded when it stops is lost, and nothing else.
    const wall = Promise.withResolvers<void>()
    // Whether or not anything waits at it when it falls.
    wall.promise.catch(() => undefined)
    gate.pass = () => (++batches === 1 ? Promise.resolve() : wall.promise)
    await killed.begin('green')
    await eventually(killed.state, (state) => state.done > 0)
    const closed = killed.close()
    wall.reject(new Error('killed'))
    await closed
    const { done, total } = await killed.state()
    assert.ok(done > 0 && done < total, `${done} of ${total}`)
    taken()

    gate.pass = async () => undefined
    const again = start(database, t, { models: [blue, embedder] })
    await again.start()
    await eventually(again.state, active('green'))
    assert.equal(taken().length, total - done)
    assert.ok(await complete(database, green))
  })

  test('follows titles that change and documents that go while it is at work', async (database, t) => {
    const { add, documents, ingestion, finish } = await startIngestion(database, t, blue)
    const [renamed, gone] = [await add(paragraph('harbour')), await add(paragraph('lamp'))]
    const { embedder, gate, taken } = counted(green)
    const release = Promise.withResolvers<void>()
    gate.pass = () => release.promise
    const reEmbedding = start(database, t, { models: [blue, embedder] })
    await reEmbedding.start()
    await reEmbedding.begin('green')
    await eventually(
      async () => taken().length,
      (length) => length > 0,
    )
    await documents.change(LOCAL_USER, renamed, { title: 'Another title' })
    await documents.remove(LOCAL_USER, gone)
    await finish((await ingestion.latestJob(renamed))?.id)
    release.resolve()
    await eventually(reEmbedding.state, active('green'))
    assert.deepEqual([await complete(database, blue), await complete(database, green)], [true, true])
    assert.deepEqual(reEmbedding.errors, [])
  })

  test('can be taken back, before the switch and after it', async (database, t) => {
    const { add } = await startIngestion(database, t, blue)
    await add(paragraph('harbour'))
    const { embedder, gate } = counted(green)
    const reEmbedding = start(database, t, { models: [blue, embedder] })
    await reEmbedding.start()
    const release = Promise.withResolvers<void>()
    gate.pass = () => release.promise
    await reEmbedding.begin('green')
    const back = reEmbedding.begin('blue')
    release.resolve()
    assert.deepEqual([(await back).active, (await back).next], ['blue', null])

    await reEmbedding.begin('green')
    await eventually(reEmbedding.state, active('green'))
    await reEmbedding.begin('blue')
    await eventually(reEmbedding.state, active('blue'))
    await reEmbedding.cleaning.remove(inSlices)
    assert.deepEqual(await models(database), ['blue@1'])
  })

  test('what cannot be embedded is tried again', async (database, t) => {
    const { add } = await startIngestion(database, t, blue)
    await add(paragraph('harbour'))
    let failures = 2
    const flaky: Embedder = {
      ...green,
      embed: (...args) => (failures-- > 0 ? Promise.reject(new Error('no memory')) : green.embed(...args)),
    }
    const reEmbedding = start(database, t, { models: [blue, flaky] })
    await reEmbedding.start()
    await reEmbedding.begin('green')
    await eventually(reEmbedding.state, active('green'))
    assert.ok(failures < 0 && (await complete(database, green)))
  })
})
