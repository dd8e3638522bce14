import { z } from 'zod'
import { AppError, assertNever } from '../../core/errors.ts'
import type { DocumentId } from '../../core/ids.ts'
import type { Evidence, Tool, ToolCall } from '../../core/ports/language-models.ts'
import type { Scope } from '../../core/ports/search.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { AnswerRequest, SearchStep } from './answer.ts'
import type { AnswerWeb, PageOfAnswer } from './answer-web.ts'
import type { Gathering } from './gathering.ts'
import type { Ledger } from './ledger.ts'
import type { Library, RankedPassage, Retrieve, Retrieved } from './passages.ts'
import { fenced, instructionsNote, oneLine, shown, shownEvidence, type PlaceOf } from './prompt.ts'
import { cutToTokens } from './token-budget.ts'
import type { Understood } from './understanding.ts'
import { passagesFrom } from './web-passages.ts'
import * as webTools from './web-tools.ts'

/** What came of a call: what the model is told, and what people see of it. */
export interface ToolUse {
  readonly content: string
  readonly step: SearchStep
  /** What the content shows of the evidence. */
  readonly shown: readonly Evidence[]
}

export interface ToolboxDependencies {
  readonly retrieve: Retrieve
  readonly library: Library
  readonly gathering: Gathering
  readonly web: AnswerWeb
  /** Passages that a search of the model's brings. */
  readonly topK: number
}

/** For one answer. */
export interface Toolbox {
  readonly tools: readonly Tool[]
  /** Such as `D2, passage 7`. */
  readonly placeOf: PlaceOf
  /**
   * Never throws for what the model did: it is told what was wrong with its call.
   * @param tokens of the content at most
   */
  use(call: ToolCall, boundary: string, tokens: number, options: CallOptions): Promise<ToolUse>
}

/** Passages that reading on brings. */
const PASSAGES_READ = 6
const DOCUMENTS_LISTED = 50
const LONGEST_QUERY = 400

const handle = z.string().min(1).max(12)

const DOCUMENT_ARGUMENTS = {
  search_documents: z.object({
    query: z.string().trim().min(1).max(LONGEST_QUERY).describe('What to look for: a short question or its key words.'),
    document: handle.optional().describe('Only in this document, such as D2.'),
  }),
  read_document: z.object({
    document: handle.describe('Which one, such as D2.'),
    // Models write numbers as text, too.
    passage: z.coerce
      .number<number | string>()
      .int()
      .min(1)
      .default(1)
      .describe('The first passage to read, counted from 1.'),
  }),
  list_documents: z.object({}),
} as const

const ARGUMENTS = { ...DOCUMENT_ARGUMENTS, ...webTools.WEB_ARGUMENTS } as const

type ToolName = keyof typeof ARGUMENTS

const DESCRIPTIONS: Readonly<Record<ToolName, string>> = {
  search_documents:
    'Finds the passages of the documents that say most about a query, by its words and by its meaning. Brings numbered evidence.',
  read_document: `Reads up to ${PASSAGES_READ} passages of one document from a place on, as numbered evidence: what stands around or behind a passage that was found.`,
  list_documents: 'Lists the documents that can be searched, newest first, with how many passages each has.',
  ...webTools.WEB_DESCRIPTIONS,
}

/** What no text of a document can add to or change: the model is offered these and nothing else. */
const toolOf = (name: ToolName): Tool => {
  const { $schema: _, ...parameters } = z.toJSONSchema(ARGUMENTS[name], { io: 'input' })
  return { name, description: DESCRIPTIONS[name], parameters }
}

/** A tool that could bring nothing is not offered. */
function offered({ documents }: AnswerRequest, web: AnswerWeb): ToolName[] {
  return [
    ...(documents?.length === 0 ? [] : (Object.keys(DOCUMENT_ARGUMENTS) as ToolName[])),
    ...(web.canSearch ? (['web_search'] as const) : []),
    ...(web.mayOpen ? (['open_url'] as const) : []),
    ...(documents?.length === 0 && web.mayOpen ? (['read_document'] as const) : []),
  ]
}

/** Words in any order and case: a model that is at a loss asks the same in another form. */
const sameQuery = (query: string): string =>
  [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])].toSorted().join(' ')

const SEARCHED_ALREADY = 'This was searched for already; what was found is above. Search for something else.'

type WebSearchWanted = z.output<(typeof ARGUMENTS)['web_search']>
type OpenUrlWanted = z.output<(typeof ARGUMENTS)['open_url']>

interface Brought {
  readonly asked: SearchStep['asked']
  readonly evidence?: readonly Evidence[]
  readonly known?: readonly number[]
  /** All that was found, best first. */
  readonly found?: readonly RankedPassage[]
  /** What it was done without; a sentence. */
  readonly degraded?: string
  readonly documents?: readonly DocumentId[]
  /** Told before the evidence, as data. */
  readonly note?: string
  /** Told behind it, in our words. */
  readonly hint?: string
  /** Pages of the web that were found and not opened. */
  readonly pages?: SearchStep['pages']
  readonly problem?: string
}

/** The tools of one answer: they see what the request allows, and what they find goes into its ledger. */
export function createToolbox(
  request: AnswerRequest,
  { meant, parts }: Understood,
  ledger: Ledger,
  { retrieve, library, gathering, web, topK }: ToolboxDependencies,
): Toolbox {
  const scope: Scope = { owner: request.owner, documents: request.documents, filter: request.filter }
  const asked = new Set([meant, ...parts].map(sameQuery))
  const searched = new Set<string>()
  const names = offered(request, web)
  let steps = 0

  const placeOf: PlaceOf = ({ documentId, parts }) => {
    const places = parts.flatMap(({ chunkId }) => ledger.placeOf(chunkId) ?? [])
    const [first, last] = [places[0], places.at(-1)]
    const where = first === undefined ? '' : first === last ? `, passage ${first}` : `, passages ${first} to ${last}`
    return ledger.handleOf(documentId) + where
  }

  /** What is new of these passages as evidence, and which evidence they are already. */
  async function entered(
    text: string,
    passages: readonly RankedPassage[],
    options: CallOptions,
  ): Promise<Required<Pick<Brought, 'evidence' | 'known' | 'found' | 'documents'>>> {
    const known = ledger.numbersOf(passages)
    const gathered = await gathering.gather(request, text, ledger.fresh(passages), ledger.nextNumber, options)
    ledger.add(gathered)
    const documents = [...new Set(passages.map(({ documentId }) => documentId))]
    return { evidence: gathered.evidence, known, found: passages, documents }
  }

  const unknown = (name: string): string =>
    `There is no document ${oneLine(name)}. Documents are called as the evidence and list_documents say, such as D1.`

  async function search(
    { query, document: name }: z.output<(typeof ARGUMENTS)['search_documents']>,
    options: CallOptions,
  ): Promise<Brought> {
    const told = { query, ...(name === undefined ? {} : { document: name }) }
    const document = name === undefined ? undefined : ledger.documentOf(name)
    if (name !== undefined && document === undefined) return { asked: told, problem: unknown(name) }
    const key = `${sameQuery(query)} ${document ?? ''}`.trim()
    if (asked.has(key)) {
      return {
        asked: told,
        problem: SEARCHED_ALREADY,
      }
    }
    const page = web.pages.find((one) => one.page.documentId === document)
    const { passages, failures = [] } = await once(asked, key, async (): Promise<Omit<Retrieved, 'engine'>> =>
      page === undefined
        ? retrieve(document === undefined ? scope : { ...scope, documents: [document] }, query, {
            limit: topK,
            preferChat: request.chatId,
            ...options,
          })
        : { passages: await gathering.withWeb(request.owner, query, [], [page], options) },
    )
    const degraded = failures.map(({ message }) => message).join(' ')
    const brought = await entered(query, passages, options)
    return { asked: told, ...brought, ...(degraded === '' ? {} : { degraded }) }
  }

  async function read(
    { document: name, passage }: z.output<(typeof ARGUMENTS)['read_document']>,
    options: CallOptions,
  ): Promise<Brought> {
    const told = { document: name, passage }
    const document = ledger.documentOf(name)
    if (document === undefined) return { asked: told, problem: unknown(name) }
    const page = web.pages.find((one) => one.page.documentId === document)
    const { passages, total } =
      page === undefined
        ? await library.read(request.owner, document, passage - 1, PASSAGES_READ)
        : passagesFrom(page, passage - 1, PASSAGES_READ)
    if (passages.length === 0) return { asked: told, problem: `${name} has no passage ${passage}.` }
    const last = passage + passages.length - 1
    const note = `Passages ${passage} to ${last} of ${total}.`
    return { asked: told, ...(await entered(meant, passages, options)), note }
  }

  async function list(): Promise<Brought> {
    const { documents, more } = await library.list(scope, DOCUMENTS_LISTED)
    const lines = documents.map(
      ({ documentId, title, passages, createdAt }) =>
        `${ledger.handleOf(documentId)}: ${shown(oneLine(title))} (${passages} passages, added ${createdAt.slice(0, 10)})`,
    )
    const note = [...lines, ...(more ? ['… and others'] : [])].join('\n')
    return { asked: {}, documents: documents.map(({ documentId }) => documentId), note: note === '' ? 'None.' : note }
  }

  async function searchWeb({ query }: WebSearchWanted, options: CallOptions): Promise<Brought> {
    const told = { query }
    if (searched.has(sameQuery(query))) return { asked: told, problem: SEARCHED_ALREADY }
    const results = await once(searched, sameQuery(query), () => web.search(query, options))
    return {
      asked: told,
      note: webTools.resultList(results, web),
      pages: results.map(({ url, title }) => ({ url, title })),
      ...(results.length === 0 ? {} : { hint: webTools.NOT_EVIDENCE }),
    }
  }

  /** What a page says most about the question, or what the model wants of it. */
  async function openUrl({ url, about = '' }: OpenUrlWanted, options: CallOptions): Promise<Brought> {
    const told = { url, ...(about === '' ? {} : { about }) }
    if (!web.mayBeOpened(url)) return { asked: told, problem: webTools.NOT_NAMED }
    const isRepeat = web.isOpened(url)
    if (!isRepeat && web.isFull) return { asked: told, problem: webTools.ENOUGH_PAGES }
    let page: PageOfAnswer
    try {
      page = await web.open(url, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof AppError)) throw error
      return { asked: told, problem: `The page could not be opened: ${error.message}` }
    }
    const name = ledger.handleOf(page.page.documentId)
    if (isRepeat && about === '') {
      return { asked: told, problem: `This page was opened already: it is ${name}. Read on in it with read_document.` }
    }
    const wanted = about === '' ? (web.queryOf(url) ?? meant) : about
    const passages = await gathering.withWeb(request.owner, wanted, [], [page], options)
    const hint = `The page is ${name}, of ${page.page.chunks.length} passages.`
    return { asked: told, ...(await entered(wanted, passages, options)), hint }
  }

  async function run({ name, arguments: given }: ToolCall, options: CallOptions): Promise<Brought> {
    const tool = names.find((one) => one === name)
    switch (tool) {
      case 'search_documents':
        return checked(tool, given, (wanted) => search(wanted, options), options)
      case 'read_document':
        return checked(tool, given, (wanted) => read(wanted, options), options)
      case 'list_documents':
        return checked(tool, given, list, options)
      case 'web_search':
        return checked(tool, given, (wanted) => searchWeb(wanted, options), options)
      case 'open_url':
        return checked(tool, given, (wanted) => openUrl(wanted, options), options)
      case undefined:
        return { asked: {}, problem: `There is no tool of this name. There are: ${names.join(', ')}.` }
      default:
        return assertNever(tool)
    }
  }

  return {
    tools: names.map(toolOf),
    placeOf,
    async use(call, boundary, tokens, options) {
      const startedAt = performance.now()
      const brought = await run(call, options)
      const {
        evidence = [],
        known = [],
        found = [],
        documents = [],
        note: listed,
        hint,
        pages = [],
        problem,
        degraded,
      } = brought
      const isNew = shownEvidence(evidence, boundary, tokens, placeOf)
      ledger.show(isNew.passages)
      const note = instructionsNote(isNew.passages)
      const order = ledger.numbersOf(found)
      const lines = [
        ...(problem === undefined ? [] : [problem]),
        ...(listed === undefined ? [] : [fenced(boundary, 'list', cutToTokens(listed, tokens))]),
        ...(known.length === 0
          ? []
          : [`Best first: ${order.map((number) => `[${number}]`).join(', ')}. What was found before is above.`]),
        ...(isNew.text === '' ? [] : [isNew.text]),
        ...(hint === undefined ? [] : [hint]),
        ...(note === undefined ? [] : [note]),
      ]
      const step: SearchStep = {
        number: ++steps,
        tool: oneLine(call.name),
        asked: brought.asked,
        evidence: isNew.passages.map(({ number }) => number),
        known,
        documents,
        pages,
        problem: problem ?? null,
        degraded: degraded ?? null,
        milliseconds: Math.round(performance.now() - startedAt),
      }
      return { content: lines.length === 0 ? 'Nothing was found.' : lines.join('\n\n'), step, shown: isNew.passages }
    },
  }
}

/** A search that fails costs its own results, and not the answer. */
async function withoutFailing(
  asked: Brought['asked'],
  use: () => Promise<Brought>,
  { signal }: CallOptions,
): Promise<Brought> {
  try {
    return await use()
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof AppError)) throw error
    return { asked, problem: error.message, degraded: error.message }
  }
}

/** What failed may be searched for again: nothing was found. */
async function once<Found>(searches: Set<string>, key: string, search: () => Promise<Found>): Promise<Found> {
  searches.add(key)
  try {
    return await search()
  } catch (error) {
    searches.delete(key)
    throw error
  }
}

const askedOf = (wanted: Readonly<Record<string, string | number | undefined>>): Brought['asked'] =>
  Object.fromEntries(Object.entries(wanted).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))

/** Runs a tool with its arguments, or says what is wrong with them. */
async function checked<Name extends ToolName>(
  name: Name,
  given: string,
  tool: (wanted: z.output<(typeof ARGUMENTS)[Name]>) => Promise<Brought>,
  options: CallOptions,
): Promise<Brought> {
  const wrong = (problem: string): Brought => ({ asked: {}, problem })
  let data: unknown
  try {
    // Models leave out the braces of an empty object.
    data = given.trim() === '' ? {} : JSON.parse(given)
  } catch {
    return wrong('The arguments are no JSON. Call the tool again with an object as its schema says.')
  }
  const parsed = ARGUMENTS[name].safeParse(data)
  if (parsed.success) {
    return withoutFailing(askedOf(parsed.data), () => tool(parsed.data as z.output<(typeof ARGUMENTS)[Name]>), options)
  }
  const [issue] = parsed.error.issues
  return wrong(`The arguments are wrong: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`)
}
