import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance, Operation, World } from './instances-world.ts'
import type { Json } from './service.ts'

interface Known {
  readonly id: string
  readonly text: string
  /** That no other document has. */
  readonly word: string
  title: string
  /** When the last change was acknowledged, by `performance.now()`. */
  changedAt: number
}

/**
 * An index may lack a change for as long as docs/several-instances.md says: a second where NOTIFY is lost. On a machine that
 * does other work besides, that and the search itself take longer; no index that never hears of it gets well in that time.
 */
const LATEST_MS = 5000
const COMMON = 'harbour'

/** What is stored, and what searches and lists of each instance must say of it. */
export function createDocumentsModel(world: World) {
  const { instances, random, some, any, two, word, model } = world
  const documents = new Map<string, Known>()
  const gone: Known[] = []
  /** Words of titles that are no more. */
  const formerTitles: string[] = []
  const late: number[] = []
  let asked = 0

  const textOf = (of: string): string => `The ${of} lantern is looked after by the ${of} keeper of the tower.`

  async function ingest(at: readonly Instance[]): Promise<void> {
    const [inText, title] = [word(), word()]
    const text = textOf(inText)
    const ids = await Promise.all(
      at.map(async (instance) => {
        if (at.length === 1 && random() < 0.5) {
          const sent = { document_title: title, content: text }
          const { status, body } = await instance.call('POST', '/api/documents', sent)
          assert.equal(status, 200, JSON.stringify(body))
          return body.document_id as string
        }
        const form = new FormData()
        form.set('file', new Blob([text]), `${title}.txt`)
        form.set('title', title)
        const { status, body } = await instance.call('POST', '/api/v1/upload-file', form)
        assert.equal(status, 200, JSON.stringify(body))
        return body.document_id as string
      }),
    )
    const [id] = ids
    assert.ok(id !== undefined && new Set(ids).size === 1, `the same file twice is one document: ${ids.join(', ')}`)
    assert.ok(!documents.has(id), `${id} was given before`)
    documents.set(id, { id, text, word: inText, title, changedAt: performance.now() })
  }

  async function remove(known: Known, at: readonly Instance[]): Promise<void> {
    const statuses = await Promise.all(
      at.map(async (instance) => (await instance.call('DELETE', `/api/v1/documents/${known.id}`)).status),
    )
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [200, 404].slice(0, at.length),
    )
    documents.delete(known.id)
    gone.push(known)
  }

  /** @param query beside a word of a document that is always there, so that no search finds nothing and looks again */
  async function found(instance: Instance, query: string): Promise<Set<string>> {
    const sent = { query: `${COMMON} ${query}`, search_type: 'keyword', max_results: 50, include_chunks: false }
    const { status, body } = await instance.call('POST', '/api/v1/search', sent)
    assert.equal(status, 200, JSON.stringify(body))
    const results = body.results as { document_id: string; title: string }[]
    assert.ok(results.length > 0, 'the document that is always there was not found')
    for (const { document_id, title } of results) {
      const known = documents.get(document_id)
      assert.ok(known, `${instance.name} finds ${title}, which is deleted`)
      assert.equal(title, known.title)
    }
    return new Set(results.map(({ document_id }) => document_id))
  }

  /** Looks again as long as the answer may be an older one. @param changedAt when it became what it must be */
  async function soon(what: string, changedAt: number, look: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; ; tries++) {
      const isSo = await look()
      const after = performance.now() - changedAt
      if (isSo) {
        if (tries > 0) late.push(after)
        return
      }
      assert.ok(after < LATEST_MS, `${what}, ${after.toFixed(0)} ms after that was acknowledged`)
      await sleep(5)
    }
  }

  const finds = (instance: Instance, known: Known, query: string): Promise<void> =>
    soon(`${instance.name} does not find ${known.title} by ${query}`, known.changedAt, async () =>
      (await found(instance, query)).has(known.id),
    )

  /** Asks about what is in a document: what the model is given must be of documents that are there. */
  async function evidence(instance: Instance, { word: of, text, id, changedAt }: Known): Promise<void> {
    await soon(`${instance.name} answers without ${id}`, changedAt, async () => {
      const before = model.asked.length
      const question = `Who looks after the ${of} lantern, asked as number ${++asked}?`
      const { status, body } = await instance.call('POST', '/api/v1/ask', { question })
      assert.equal(status, 200, JSON.stringify(body))
      const prompts = JSON.stringify(model.asked.slice(before).map((each) => each.body.messages))
      for (const old of gone) assert.ok(!prompts.includes(old.text), `${old.id} is deleted, and in a prompt`)
      return !documents.has(id) || prompts.includes(text)
    })
  }

  async function listed(instance: Instance): Promise<Record<string, string>> {
    const { status, body } = await instance.call('GET', '/api/v1/documents?limit=200')
    assert.equal(status, 200)
    assert.equal(body.total, body.documents.length)
    return Object.fromEntries(body.documents.map(({ id, title }: Json) => [id, title]))
  }

  const titles = (): Record<string, string> => Object.fromEntries([...documents.values()].map((d) => [d.id, d.title]))

  async function content(instance: Instance, known: Known): Promise<void> {
    const { status, body } = await instance.call('GET', `/api/v1/documents/${known.id}/content`)
    if (documents.has(known.id)) assert.deepEqual([status, body.content], [200, known.text])
    else assert.equal(status, 404)
  }

  /** Not the one that chats cite. */
  const changeable = (): Known | undefined => some([...documents.values()].slice(1))
  const one = (): Known | undefined => some([...documents.values(), ...gone].slice(1))

  const operations: readonly Operation[] = [
    { name: 'ingest', weight: 6, run: () => ingest([any()]) },
    { name: 'ingest the same twice at once', weight: 1, run: () => ingest(two()) },
    {
      name: 'change a title',
      weight: 3,
      async run() {
        const known = changeable()
        if (known === undefined) return false
        const title = word()
        const { status } = await any().call('PATCH', `/api/v1/documents/${known.id}`, { title })
        assert.equal(status, 200)
        formerTitles.push(known.title)
        known.title = title
        known.changedAt = performance.now()
        // At once, so that the others' indexes are asked while they may lack it.
        if (random() < 0.7) await finds(any(), known, title)
        return true
      },
    },
    {
      name: 'delete',
      weight: 3,
      async run() {
        const known = changeable()
        if (known === undefined) return false
        await remove(known, random() < 0.3 ? two() : [any()])
        return true
      },
    },
    {
      name: 'search',
      weight: 10,
      async run() {
        const known = one()
        if (known === undefined) return false
        const query = random() < 0.5 ? known.word : known.title
        const instance = any()
        if (documents.has(known.id)) await finds(instance, known, query)
        else await found(instance, query)
        return true
      },
    },
    {
      name: 'search for a former title',
      weight: 1,
      async run() {
        const title = some(formerTitles)
        if (title === undefined) return false
        const instance = any()
        const newest = Math.max(...[...documents.values()].map(({ changedAt }) => changedAt))
        await soon(`${instance.name} finds ${title}, which is no title any more`, newest, async () => {
          const [only, ...others] = await found(instance, title)
          return others.length === 0 && only === [...documents.keys()][0]
        })
        return true
      },
    },
    {
      name: 'ask about a document',
      weight: 4,
      async run() {
        const known = one()
        if (known === undefined) return false
        await evidence(any(), known)
        return true
      },
    },
    { name: 'list', weight: 3, run: async () => assert.deepEqual(await listed(any()), titles()) },
    {
      name: 'read a text',
      weight: 2,
      async run() {
        const known = one()
        if (known === undefined) return false
        await content(any(), known)
        return true
      },
    },
  ]

  return {
    operations,
    /** Takes in the first document, which stays. */
    async permanent(): Promise<string> {
      const text = 'The Sydney Harbour Bridge was opened in 1932.'
      const { status, body } =
        (await instances[0]?.call('POST', '/api/documents', { title: 'Bridge', content: text })) ?? {}
      assert.equal(status, 200)
      const id = body.document_id as string
      const known = { id, text, word: 'Sydney', title: 'Bridge', changedAt: performance.now() }
      documents.set(id, known)
      for (const instance of instances) {
        const search = { query: COMMON, search_type: 'keyword' }
        await soon('It is not found', known.changedAt, async () => {
          const { body: answer } = await instance.call('POST', '/api/v1/search', search)
          return answer.results.length > 0
        })
      }
      late.length = 0
      return id
    },
    /** Everything that an instance says of documents. */
    async compare(instance: Instance): Promise<void> {
      assert.deepEqual(await listed(instance), titles())
      for (const known of documents.values()) {
        await finds(instance, known, known.word)
        await finds(instance, known, known.title)
        await content(instance, known)
      }
      for (const known of gone) {
        await found(instance, known.word)
        await content(instance, known)
      }
    },
    /** Milliseconds after which a search that first did not show a change showed it. */
    staleness: (): readonly number[] => late,
  }
}
