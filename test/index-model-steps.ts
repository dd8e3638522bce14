// The steps of the model: what may happen to an index, each a record of numbers, so that a run can be made shorter and
// told again.
import * as fc from 'fast-check'
import type { Asked, Follow, IndexModel, Killing } from './index-model.ts'
import { passagesFrom, titleFrom } from './index-model-texts.ts'

type Run = (model: IndexModel) => Promise<void>

class Step implements fc.AsyncCommand<IndexModel, IndexModel> {
  readonly #name: string
  readonly #with: object
  readonly #run: Run
  readonly #check: (model: IndexModel) => boolean

  constructor(name: string, parameters: object, run: Run, check: (model: IndexModel) => boolean) {
    this.#name = name
    this.#with = parameters
    this.#run = run
    this.#check = check
  }

  check(model: IndexModel): boolean {
    return this.#check(model)
  }

  async run(model: IndexModel): Promise<void> {
    model.counted.steps++
    await this.#run(model)
  }

  toString(): string {
    return `${this.#name} ${JSON.stringify(this.#with)}`
  }
}

/** A kind of step: `parameters` are chosen at random, `check` says whether it can be done now. */
function step<T extends object>(
  name: string,
  parameters: { [K in keyof T]: fc.Arbitrary<T[K]> },
  run: (model: IndexModel, chosen: T) => Promise<void>,
  check: (model: IndexModel) => boolean = () => true,
): fc.Arbitrary<Step> {
  return fc.record(parameters).map((chosen) => new Step(name, chosen, (model) => run(model, chosen), check))
}

const place = fc.nat(1000)
const seed = fc.nat()
const follow = fc.constantFrom<Follow>('now', 'now', 'now', 'later', 'meanwhile')
const asked = fc.record({
  owner: place,
  documents: fc.option(fc.array(place, { maxLength: 6 }), { nil: undefined, freq: 3 }),
  question: seed,
  vector: seed,
}) satisfies fc.Arbitrary<Asked>
const hasDocuments = (model: IndexModel): boolean => model.hasDocuments

/** Most changes are followed by a look at one search of whoever they are of. */
async function look(model: IndexModel, search: Asked | undefined): Promise<void> {
  if (search !== undefined) await model.check({ ...search, types: ['hybrid'] })
}

const looked = fc.option(asked, { nil: undefined, freq: 2 })

interface Inserted {
  readonly owner: number
  readonly count: number
  readonly text: number
  readonly vectors: 'none' | 'half' | 'all'
}

async function insert(model: IndexModel, { owner, count, text, vectors }: Inserted): Promise<void> {
  const passages = passagesFrom(text, count, { short: count > 100 })
  const document = await model.store.insert(model.owner(owner), titleFrom(text), passages)
  await model.changed([document], 'later')
  if (vectors === 'none') return
  await model.store.embed(document, text, { half: vectors === 'half' })
  await model.changed([document], 'later')
}

const inserted = (count: fc.Arbitrary<number>) => ({
  owner: place,
  count,
  text: seed,
  vectors: fc.constantFrom<Inserted['vectors']>('none', 'half', 'all', 'all'),
})

/** One change of a document that is there. */
const change = <T extends object>(
  name: string,
  parameters: { [K in keyof T]: fc.Arbitrary<T[K]> },
  run: (model: IndexModel, document: ReturnType<IndexModel['document']>, chosen: T) => Promise<void>,
) =>
  step<T & { document: number; follow: Follow; search: Asked | undefined }>(
    name,
    { ...parameters, document: place, follow, search: looked } as never,
    async (model, chosen) => {
      const document = model.document(chosen.document)
      await run(model, document, chosen)
      await model.changed([document], chosen.follow)
      await look(model, chosen.search)
    },
    hasDocuments,
  )

const killing = fc.record({
  during: fc.constantFrom<Killing['during'][]>(undefined, 'following', 'snapshot'),
  damage: fc.option(
    fc.record({
      file: place,
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      way: fc.constantFrom('gone', 'cut', 'flipped'),
    }),
    { nil: undefined, freq: 2 },
  ),
})

/** With how often each is chosen. */
const STEPS: readonly fc.WeightedArbitrary<Step>[] = [
  {
    weight: 14,
    arbitrary: step(
      'insert',
      { ...inserted(fc.integer({ min: 1, max: 30 })), follow, search: looked },
      async (model, { follow, search, ...document }) => {
        await insert(model, document)
        await model.changed([], follow)
        await look(model, search)
      },
    ),
  },
  {
    weight: 0.12,
    arbitrary: step('insert many passages', inserted(fc.integer({ min: 2000, max: 3000 })), insert),
  },
  {
    weight: 8,
    arbitrary: change('embed', { vectors: seed, half: fc.boolean() }, (model, document, { vectors, half }) =>
      model.store.embed(document, vectors, { half }),
    ),
  },
  {
    weight: 8,
    arbitrary: change(
      'update',
      { text: seed, count: fc.integer({ min: 1, max: 30 }) },
      (model, document, { text, count }) => model.store.write(document, titleFrom(text), passagesFrom(text, count)),
    ),
  },
  { weight: 3, arbitrary: change('read again', {}, (model, document) => model.store.readAgain(document)) },
  {
    weight: 4,
    arbitrary: change('rename', { title: seed }, (model, document, { title }) =>
      model.store.rename(document, titleFrom(title)),
    ),
  },
  { weight: 9, arbitrary: change('remove', {}, (model, document) => model.store.remove(document)) },
  {
    weight: 4,
    arbitrary: change('move', { to: place }, (model, document, { to }) => model.store.move(document, model.owner(to))),
  },
  {
    weight: 0.5,
    arbitrary: step('remove all', { owner: place, follow }, async (model, { owner, follow }) => {
      const documents = model.documentsOf(model.owner(owner))
      await model.store.removeAll(model.owner(owner))
      await model.changed(documents, follow)
    }),
  },
  {
    weight: 0.5,
    arbitrary: step('transfer all', { from: place, to: place, follow }, async (model, { from, to, follow }) => {
      if (model.owner(from) === model.owner(to)) return
      const documents = model.documentsOf(model.owner(from))
      await model.store.transfer(model.owner(from), model.owner(to))
      await model.changed(documents, follow)
    }),
  },
  {
    weight: 30,
    arbitrary: step(
      'search',
      { asked, limit: fc.integer({ min: 0, max: 150 }), others: fc.boolean() },
      (model, chosen) => model.check({ ...chosen.asked, limit: chosen.limit, others: chosen.others }),
    ),
  },
  { weight: 4, arbitrary: step('count', { question: seed }, (model, { question }) => model.count(question)) },
  { weight: 0.3, arbitrary: step('restart', {}, (model) => model.restart()) },
  {
    weight: 0.9,
    arbitrary: step(
      'kill',
      { killing, document: fc.option(fc.record(inserted(fc.nat(10))), { nil: undefined }) },
      (model, { killing, document }) =>
        model.kill({ ...killing, meanwhile: document && (() => insert(model, document)) }),
    ),
  },
  {
    weight: 0.1,
    arbitrary: step(
      'crash',
      { following: fc.boolean(), document: fc.record(inserted(fc.integer({ min: 1, max: 10 }))) },
      (model, { following, document }) => model.crash({ following, meanwhile: () => insert(model, document) }),
    ),
  },
  {
    weight: 2,
    arbitrary: step('snapshot', {}, (model) => model.snapshot()),
  },
].map(({ weight, arbitrary }) => ({ weight: Math.round(weight * 100), arbitrary }))

/** Up to `most` steps, as many as may be. */
export const steps = (most: number) => fc.noBias(fc.commands([fc.oneof(...STEPS)], { maxCommands: most, size: 'max' }))
