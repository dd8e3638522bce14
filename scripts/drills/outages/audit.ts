// What must hold once everything is back: on either instance each acknowledged document is there once and whole, what was
// deleted is nowhere, nothing is unfinished, and Milvus holds what the database holds.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { auditChats, listChats } from './audit-chats.ts'
import type { Call, Caller } from './caller.ts'
import { type Ledger, type Owner, questionAbout, type WrittenDocument } from './ledger.ts'
import { type Instance, nameOf, type Stack } from './stack.ts'

export interface AuditDeps {
  readonly stack: Stack
  readonly ledger: Ledger
  readonly caller: Caller
  readonly random: () => number
  readonly drill: number
}

export interface Audit {
  /** Milliseconds from the call until nothing was under way any more. */
  readonly settledAfter: number
  /** Looked at on both instances. */
  readonly documents: number
  readonly deleted: number
  readonly messages: number
}

/** Milliseconds in which everything must be settled: a lease of 30 s must run out, a writer to Milvus be missed for 15 s. */
const SETTLE_LIMIT = 120_000
/** Documents of earlier drills that are looked at again each time. */
const OLDER = 15
const AT_ONCE = 4

const Listed = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(['queued', 'processing', 'processed', 'failed']),
  error: z.unknown().optional(),
})
type Listed = z.infer<typeof Listed>

const Content = z.object({ content: z.string(), searchable: z.string() })
const Passage = z.object({ content: z.string(), start_char: z.number(), end_char: z.number() })
const Search = z.object({
  results: z.array(
    z.object({ document_id: z.string(), chunk_analysis: z.object({ top_chunks: z.array(Passage) }).optional() }),
  ),
})
/** One that could not be tied to a place in a source has none. */
const Place = z.object({ doc_id: z.string(), quote: z.string(), start_char: z.number(), end_char: z.number() })
const Cited = z.object({ answer: z.string(), citations: z.array(z.unknown()) })
const VectorStore = z.object({
  state: z.string(),
  behind: z.number().nullable(),
  comparison: z.object({ passages: z.number(), added: z.number(), removed: z.number() }).nullable(),
})
const Jobs = z.object({ jobs: z.array(z.object({ id: z.string(), state: z.string() })) })

/** @param everything also what earlier drills left; otherwise a sample of that */
export async function audit(deps: AuditDeps, everything: boolean): Promise<Audit> {
  const { stack, ledger, caller, random, drill } = deps
  const { failures } = caller

  async function get<T>(schema: z.ZodType<T>, owner: Owner, instance: Instance, call: Call): Promise<T> {
    const answer = await caller.send(owner, instance, call)
    if (answer?.status === 200) return schema.parse(answer.body)
    throw new Error(`${call.method} ${call.path}: ${answer?.status ?? 'broken'} ${JSON.stringify(answer?.body)}`)
  }

  async function listed(owner: Owner, instance: Instance): Promise<Listed[]> {
    const all: Listed[] = []
    for (;;) {
      const call = { method: 'GET', path: `/api/v1/documents?limit=200&offset=${all.length}` } as const
      const { documents } = await get(z.object({ documents: z.array(Listed) }), owner, instance, call)
      all.push(...documents)
      if (documents.length < 200) return all
    }
  }

  async function unfinishedJobs(owner: Owner, instance: Instance): Promise<string[]> {
    const unfinished: string[] = []
    for (let offset = 0; ; offset += 200) {
      const call = { method: 'GET', path: `/api/v1/jobs?limit=200&offset=${offset}` } as const
      const { jobs } = await get(Jobs, owner, instance, call)
      unfinished.push(
        ...jobs.filter(({ state }) => state !== 'done' && state !== 'cancelled').map(({ state }) => state),
      )
      if (jobs.length < 200) return unfinished
    }
  }

  const [administrator] = ledger.owners
  if (administrator === undefined) throw new Error('There is nobody')
  const vectorStore = (instance: Instance) =>
    get(VectorStore, administrator, instance, { method: 'GET', path: '/api/v1/vector-store' })

  /** What is still under way; undefined: nothing. */
  async function underWay(): Promise<string | undefined> {
    for (const instance of stack.instances) {
      const health = await fetch(`${instance.url}/health`)
      const { status, services } = z.looseObject({ status: z.string() }).parse(await health.json())
      if (status !== 'healthy') return `/health says ${status}: ${JSON.stringify(services)}`
      const { state, behind } = await vectorStore(instance)
      if (state !== 'current' || behind !== 0) return `Milvus is ${state}, ${behind} behind`
    }
    const [instance] = stack.instances
    for (const owner of ledger.owners) {
      const reading = (await listed(owner, instance)).find(
        ({ status }) => status === 'queued' || status === 'processing',
      )
      if (reading !== undefined) return `document ${reading.id} of ${owner.name} is ${reading.status}`
      const jobs = (await unfinishedJobs(owner, instance)).filter((state) => state !== 'failed')
      if (jobs.length > 0) return `${jobs.length} jobs of ${owner.name} are ${jobs[0]}`
      const { generating } = await listChats(get, owner, instance, drill)
      if (generating !== undefined) return `message ${generating} of ${owner.name} is being made`
    }
    return undefined
  }

  async function settle(): Promise<number> {
    const began = performance.now()
    for (;;) {
      // While something is still coming back a question about it may fail.
      const left = await underWay().catch((error: unknown) => String(error))
      const took = performance.now() - began
      if (left === undefined) return Math.round(took)
      if (took > SETTLE_LIMIT) {
        failures.push(`After ${SETTLE_LIMIT} ms: ${left}`)
        return Math.round(took)
      }
      await sleep(250)
    }
  }

  async function inspectList(owner: Owner, instance: Instance, where: string): Promise<void> {
    const there = await listed(owner, instance)
    const byTitle = Map.groupBy(there, ({ title }) => title)
    for (const { word, id, upload, deletion } of owner.documents) {
      const found = byTitle.get(word) ?? []
      byTitle.delete(word)
      const wanted =
        deletion === 'acknowledged' ? [0] : deletion === undefined && upload === 'acknowledged' ? [1] : [0, 1]
      if (!wanted.includes(found.length)) {
        const fate = `upload ${upload}, deletion ${deletion ?? 'never wanted'}`
        failures.push(`${word}: ${found.length} times in the list of ${owner.name} on ${where} (${fate})`)
      } else if (found[0] !== undefined && id !== undefined && found[0].id !== id) {
        failures.push(`${word}: acknowledged as ${id}, listed as ${found[0].id} on ${where}`)
      }
    }
    for (const title of byTitle.keys())
      failures.push(`${title}: in the list of ${owner.name} on ${where}, who never sent it`)
    for (const { id, title, status, error } of there) {
      if (status !== 'processed') failures.push(`${title} (${id}): ${status} on ${where}: ${JSON.stringify(error)}`)
      const document = owner.documents.find(({ word }) => word === title)
      // One that was taken in though its sender never heard of it.
      if (document !== undefined && document.id === undefined) document.id = id
    }
    const jobs = await unfinishedJobs(owner, instance)
    if (jobs.length > 0) failures.push(`${jobs.length} jobs of ${owner.name} on ${where} are ${jobs[0]}`)
  }

  /** Found by a word that only it has, and by its own text, or by neither. */
  async function inspectDocument(
    owner: Owner,
    document: WrittenDocument,
    instance: Instance,
    where: string,
  ): Promise<void> {
    const { word, text, id } = document
    const isGone = document.deletion === 'acknowledged'
    const path = `/api/v1/documents/${id}/content`
    const content = await caller.send(owner, instance, { method: 'GET', path })
    // Deleted or not, whichever it became.
    const isThere = content?.status === 200
    if (document.deletion !== 'unknown' && isThere === isGone) {
      failures.push(
        `${word}: ${content?.status} on ${where} ${isGone ? 'after its deletion' : 'though it was acknowledged'}`,
      )
    }
    if (isThere) {
      const stored = Content.parse(content.body)
      if (stored.content.trim() !== text) failures.push(`${word}: its text on ${where} is not what was sent`)
      if (stored.searchable !== 'full') failures.push(`${word}: searchable: ${stored.searchable} on ${where}`)
    }
    for (const type of ['keyword', 'semantic'] as const) {
      const query = type === 'keyword' ? word : text
      const body = { query, max_results: 10, search_type: type, include_chunks: true }
      const { results } = await get(Search, owner, instance, { method: 'POST', path: '/api/v1/search', body })
      const hits = results.filter((result) => result.document_id === id)
      if (hits.length !== (isThere ? 1 : 0)) {
        failures.push(
          `${word}: found ${hits.length} times by ${type} on ${where}${isThere ? '' : ' after its deletion'}`,
        )
      }
      for (const { content: passage, start_char: start, end_char: end } of hits[0]?.chunk_analysis?.top_chunks ?? []) {
        if (text.slice(start, end) !== passage)
          failures.push(`${word}: the passage on ${where} is not ${start} to ${end}`)
      }
    }
  }

  async function inspectAnswer(
    owner: Owner,
    { word, secret, id, text }: WrittenDocument,
    instance: Instance,
  ): Promise<void> {
    const body = { question: questionAbout(word, 0) }
    const { answer, citations } = await get(Cited, owner, instance, { method: 'POST', path: '/api/v1/ask', body })
    if (!answer.includes(secret)) failures.push(`${word}: asked for it, the answer is ${answer.slice(0, 200)}`)
    for (const citation of citations) {
      const { data: place } = Place.safeParse(citation)
      if (place === undefined) continue
      const { doc_id, quote, start_char: start, end_char: end } = place
      const cited = doc_id === id ? text : ledger.document(doc_id)?.text
      if (cited?.slice(start, end) !== quote)
        failures.push(`${word}: a citation is not the text at its offsets: ${quote}`)
    }
  }

  async function inspectReplica(): Promise<void> {
    const instance = stack.instances[random() < 0.5 ? 0 : 1]
    const call = { method: 'POST', path: '/api/v1/vector-store/comparison' } as const
    const { state, behind, comparison } = await get(VectorStore, administrator as Owner, instance, call)
    if (state !== 'current' || behind !== 0) failures.push(`Milvus is ${state}, ${behind} behind, after the comparison`)
    if (comparison === null) failures.push('Milvus was not compared')
    else if (comparison.added > 0 || comparison.removed > 0) {
      failures.push(
        `Milvus lacked ${comparison.added} of ${comparison.passages} passages, and had ${comparison.removed} more`,
      )
    }
  }

  const settledAfter = await settle()
  const done = { documents: 0, deleted: 0, messages: 0 }
  for (const owner of ledger.owners) {
    for (const place of [0, 1] as const) await inspectList(owner, stack.instances[place], nameOf(place))
    const known = owner.documents.filter(({ id }) => id !== undefined)
    const older = known.filter((document) => document.drill !== drill)
    const chosen = everything ? older : Array.from({ length: OLDER }, () => ledger.pick(older))
    const wanted = new Set([
      ...known.filter((document) => document.drill === drill),
      ...chosen.filter((one) => one !== undefined),
    ])
    done.documents += wanted.size
    done.deleted += [...wanted].filter(({ deletion }) => deletion === 'acknowledged').length
    for (const place of [0, 1] as const) {
      const left = [...wanted]
      const inspector = async (): Promise<void> => {
        for (let document = left.shift(); document !== undefined; document = left.shift()) {
          await inspectDocument(owner, document, stack.instances[place], nameOf(place))
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, inspector))
      const sure = ledger.pick(
        known.filter(({ upload, deletion }) => upload === 'acknowledged' && deletion === undefined),
      )
      if (sure !== undefined) await inspectAnswer(owner, sure, stack.instances[place])
    }
    done.messages += await auditChats({ stack, caller, get, owner, drill })
  }
  await inspectReplica()
  return { settledAfter, ...done }
}
