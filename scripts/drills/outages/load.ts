// What the clients of an owner do meanwhile: one brings and deletes documents, one searches and asks, one reads streams.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Answer, Caller } from './caller.ts'
import { type Ledger, type Owner, questionAbout, type WrittenDocument } from './ledger.ts'
import type { Instance, Stack } from './stack.ts'
import { streamAnswer } from './streams.ts'

export interface LoadDeps {
  readonly stack: Stack
  readonly ledger: Ledger
  readonly caller: Caller
  readonly random: () => number
  /** Number of the drill. */
  readonly drill: number
}

export interface LoadCounts {
  uploads: number
  deletions: number
  searches: number
  answers: number
  streams: number
  /** Streams that were gone on with on the other instance. */
  resumed: number
}

const Stored = z.object({ document_id: z.string() })
export const Found = z.object({ results: z.array(z.object({ document_id: z.string(), title: z.string() })) })
const Cited = z.object({ citations: z.array(z.object({ doc_id: z.string().nullable() })), answer: z.string() })
const Answered = z.object({
  chat_id: z.string(),
  answer_message: z.object({ id: z.number(), content: z.string() }),
})

/** Milliseconds after which what one instance took in is found on the other one (docs/several-instances.md: 1 s and its indexing). */
const FOUND_AFTER = 5000
const PAUSE_MS = 250
const TRIES = 4
const BETWEEN_TRIES = 400

/** Begins at once; `stop` resolves when what was under way has ended. */
export function startLoad(deps: LoadDeps): { readonly counts: LoadCounts; stop(): Promise<void> } {
  const { stack, ledger, caller, random, drill } = deps
  const counts: LoadCounts = { uploads: 0, deletions: 0, searches: 0, answers: 0, streams: 0, resumed: 0 }
  const { failures } = caller
  const stopped = new AbortController()

  const anyInstance = (): Instance => stack.instances[random() < 0.5 ? 0 : 1]
  const another = (owner: Owner): Owner => ledger.pick(ledger.owners.filter((one) => one !== owner)) ?? owner

  async function upload(owner: Owner): Promise<void> {
    const document = ledger.write(owner, drill, random() < 0.75)
    const { word, text, isFile } = document
    for (let tries = 1; ; tries += 1) {
      const form = new FormData()
      form.set('file', new Blob([text]), `${word}.txt`)
      const call = isFile
        ? { path: '/api/v1/upload-file', body: form }
        : { path: '/api/documents', body: { document_title: word, content: text } }
      const answer = await caller.send(owner, anyInstance(), { method: 'POST', ...call })
      if (answer?.status === 200 || answer?.status === 202) {
        ledger.acknowledge(owner, document, Stored.parse(answer.body).document_id)
        if (answer.status === 200) document.readyAt = performance.now()
        counts.uploads += 1
        return
      }
      refuse(answer, `the upload of ${word}`)
      // A file may be sent as often as one likes; some clients give up.
      if (!isFile || tries === TRIES || random() < 0.3) return
      await sleep(BETWEEN_TRIES)
    }
  }

  async function remove(owner: Owner): Promise<void> {
    const document = ledger.pick(
      owner.documents.filter(({ id, deletion }) => id !== undefined && deletion === undefined),
    )
    if (document === undefined) return
    document.deletion = 'unknown'
    for (let tries = 1; ; tries += 1) {
      const path = `/api/v1/documents/${document.id}`
      const answer = await caller.send(owner, anyInstance(), { method: 'DELETE', path })
      if (answer?.status === 404 && tries === 1)
        failures.push(`${document.word}: acknowledged, and not there to delete`)
      if (answer?.status === 200 || answer?.status === 404) {
        document.deletion = 'acknowledged'
        document.deletedAt = performance.now()
        counts.deletions += 1
        return
      }
      refuse(answer, `the deletion of ${document.word}`)
      if (tries === TRIES || random() < 0.3) return
      await sleep(BETWEEN_TRIES)
    }
  }

  async function search(owner: Owner): Promise<void> {
    const own = random() < 0.75
    const document = ledger.pick((own ? owner : another(owner)).documents)
    if (document === undefined) return
    const type = random() < 0.5 ? 'keyword' : random() < 0.5 ? 'semantic' : 'hybrid'
    if (!own) owner.heard.add(document.word)
    const sure = own && type === 'keyword' && isToBeFound(document)
    const call = { query: `keepers of ${document.word}`, max_results: 10, search_type: type, include_chunks: true }
    const answer = await caller.send(owner, anyInstance(), { method: 'POST', path: '/api/v1/search', body: call })
    if (answer?.status !== 200) return refuse(answer, `a search (${owner.name})`)
    counts.searches += 1
    const found = Found.parse(answer.body).results.map((result) => result.document_id)
    inspectFound(found, answer, 'a search')
    if (sure && isToBeFound(document) && !found.includes(document.id ?? '')) {
      failures.push(
        `${document.word}: searchable ${Math.round(answer.sentAt - (document.readyAt ?? 0))} ms ago, not found`,
      )
    }
  }

  /** What no outage excuses: others than of PostgreSQL and of an instance keep no word from being found. */
  function isToBeFound({ readyAt, deletion }: WrittenDocument): boolean {
    const since = performance.now() - FOUND_AFTER
    return (
      deletion === undefined &&
      readyAt !== undefined &&
      readyAt < since &&
      stack.outages.every(({ victim, backAt }) => victim === 'milvus' || victim === 'redis' || backAt < since)
    )
  }

  /** What was deleted before it was asked for must not be in an answer. */
  function inspectFound(ids: readonly (string | null)[], { sentAt }: Answer, what: string): void {
    for (const id of ids) {
      const document = id === null ? undefined : ledger.document(id)
      if (document?.deletion === 'acknowledged' && document.deletedAt < sentAt) {
        failures.push(`${document.word}: ${what} finds it after its deletion`)
      }
    }
  }

  async function list(owner: Owner): Promise<void> {
    const answer = await caller.send(owner, anyInstance(), { method: 'GET', path: '/api/v1/documents?limit=50' })
    if (answer?.status !== 200) return refuse(answer, `a list (${owner.name})`)
    const { documents } = z.object({ documents: z.array(z.object({ id: z.string() })) }).parse(answer.body)
    inspectFound(
      documents.map(({ id }) => id),
      answer,
      'a list',
    )
  }

  function question(owner: Owner): { readonly text: string; readonly word: string } | undefined {
    const own = random() < 0.75
    const word = ledger.pick((own ? owner : another(owner)).documents)?.word
    if (word === undefined) return undefined
    if (!own) owner.heard.add(word)
    return { text: questionAbout(word, (asked += 1)), word }
  }
  let asked = drill * 100_000

  async function ask(owner: Owner): Promise<void> {
    const wanted = question(owner)
    if (wanted === undefined) return
    const call = { method: 'POST', path: '/api/v1/ask', body: { question: wanted.text } } as const
    const answer = await caller.send(owner, anyInstance(), call)
    if (answer?.status !== 200) return refuse(answer, `a question (${owner.name})`)
    counts.answers += 1
    const cited = Cited.parse(answer.body).citations.map((citation) => citation.doc_id)
    inspectFound(cited, answer, 'an answer')
  }

  /** In a chat; some questions go on with one that is there. */
  async function chat(owner: Owner): Promise<void> {
    const wanted = question(owner)
    if (wanted === undefined) return
    const before =
      random() < 0.4
        ? owner.questions.findLast(({ drill: of, fate }) => of === drill && fate === 'acknowledged')
        : undefined
    const one = {
      question: wanted.text,
      drill,
      sentAt: performance.now(),
      chatId: before?.chatId,
      fate: 'unknown' as const,
      answerId: undefined,
      events: [],
      content: undefined,
    }
    owner.questions.push(one)
    if (random() < 0.75) {
      const outcome = await streamAnswer({ ...deps, owner, asked: one })
      if (outcome !== undefined) counts.streams += 1
      counts.resumed += outcome?.resumed ?? 0
      return
    }
    const body = { question: one.question, ...(one.chatId === undefined ? {} : { chat_id: one.chatId }) }
    const answer = await caller.send(owner, anyInstance(), { method: 'POST', path: '/api/chat/ask', body })
    // Another of its answers may still be made, or this one was cut off.
    if (answer?.status === 409) return
    if (answer?.status !== 200) return refuse(answer, `a chat (${owner.name})`)
    const { chat_id, answer_message } = Answered.parse(answer.body)
    Object.assign(one, {
      fate: 'acknowledged',
      chatId: chat_id,
      answerId: answer_message.id,
      content: answer_message.content,
    })
    counts.answers += 1
  }

  /** Broken connections and 5xx are looked at where they come in; any other refusal is none that an outage explains. */
  function refuse(answer: Answer | undefined, what: string): void {
    if (answer !== undefined && answer.status < 500) {
      failures.push(`${what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`)
    }
  }

  async function client(owner: Owner, act: (owner: Owner) => Promise<void>): Promise<void> {
    while (!stopped.signal.aborted) {
      await act(owner)
      await sleep(PAUSE_MS * (0.5 + random()))
    }
  }

  const write = (owner: Owner): Promise<void> => (random() < 0.7 ? upload(owner) : remove(owner))
  const read = (owner: Owner): Promise<void> => {
    const draw = random()
    return draw < 0.65 ? search(owner) : draw < 0.75 ? list(owner) : ask(owner)
  }
  const clients = Promise.all(ledger.owners.flatMap((owner) => [write, read, chat].map((act) => client(owner, act))))
  // Told by whoever stops it.
  clients.catch(() => undefined)
  return {
    counts,
    async stop() {
      stopped.abort()
      await clients
    },
  }
}
