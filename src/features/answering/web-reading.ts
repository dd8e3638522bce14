import { AppError } from '../../core/errors.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { WebResult } from '../../core/ports/web.ts'
import type { AnswerEvent } from './answer.ts'
import { RESULTS, type AnswerWeb, type WebCallOptions } from './answer-web.ts'
import { pageUrl } from './web-addresses.ts'

/** Addresses of the question that are opened. */
const MOST_NAMED = 3
/** Parts of the question that are searched for. */
const MOST_SEARCHED = 3
/** Pages that are opened for a question of one part, and for each of several. */
const PAGES_OF_QUESTION = 3
const PAGES_OF_PART = 2

type WebEvent = Extract<AnswerEvent, { stage: 'web_search' }>

/**
 * Reads the web before anything is written, so that who quotes and models without tools answer from it too: the pages that
 * the question names, and where the web was asked for the best results of a search for each part of the question. What
 * fails, or is not done in time, is told, and the answer goes on without it.
 */
export async function* readWeb(
  web: AnswerWeb,
  parts: readonly string[],
  { signal }: CallOptions,
): AsyncGenerator<AnswerEvent, void> {
  const told = (progress: number, message: string, error?: string): WebEvent => {
    const { results: totalResults } = web
    const event = {
      type: 'stage',
      stage: 'web_search',
      progress,
      message,
      totalResults,
      sources: web.sources(),
    } as const
    return error === undefined ? event : { ...event, error }
  }
  if (web.isAsked && !web.canSearch) yield told(0, 'The web is not searched', NOT_SET_UP)
  if (web.named.length === 0 && !web.canSearch) return

  const deadline = AbortSignal.timeout(web.readingPatience)
  const options: WebCallOptions = { signal, deadline }
  yield told(10, web.canSearch ? 'Searching the web' : 'Opening the addresses of the question')
  const naming = openNamed(web, options)
  // It is waited for below, where what it throws is heard.
  naming.catch(() => undefined)
  if (web.canSearch) {
    const { results, failures } = await searchParts(web, parts, options)
    for (const failure of failures) yield told(40, 'The web search failed', failure)
    if (results.length > 0) yield told(40, `Found ${results.length} pages`)
    const needed = parts.length === 1 ? PAGES_OF_QUESTION : PAGES_OF_PART * Math.min(parts.length, MOST_SEARCHED)
    const wanted = web.wanted ?? needed
    const opened = await openBest(web, results, wanted, options)
    if (results.length > 0 && opened === 0) yield told(80, 'No page could be read', NONE_OPENED)
    else if (deadline.aborted && opened < Math.min(wanted, results.length)) {
      yield told(80, 'Some pages were not read in time', notInTime(web.readingPatience))
    }
  }
  for (const failure of await naming) yield told(90, 'An address of the question could not be opened', failure)
  const read = web.pages.length
  yield told(100, `Read ${read} ${read === 1 ? 'page' : 'pages'} of the web`)
}

const NOT_SET_UP = 'The web was not searched: this server has no search engine set up (WEB_SEARCH_PROVIDER).'
const NONE_OPENED = 'None of the pages that the web search found could be read.'

const notInTime = (milliseconds: number): string =>
  `Not every page that was to be read was there in time: reading the web ended after ${milliseconds / 1000} s.`

/** Sentences about those that could not be. */
async function openNamed(web: AnswerWeb, options: WebCallOptions): Promise<string[]> {
  const few = web.named.slice(0, MOST_NAMED)
  const failures = await Promise.all(
    few.map(async (url) => {
      const failure = await failureOf(web.open(url, options), options)
      return failure === undefined ? [] : [`${hostOf(url)} was not read: ${failure}`]
    }),
  )
  const left = web.named.length - few.length
  const more = left === 0 ? [] : [`The question names more than ${MOST_NAMED} addresses: ${left} were not opened.`]
  return [...failures.flat(), ...more]
}

/** Best first: the first of each part, then the second; each page once. */
async function searchParts(
  web: AnswerWeb,
  parts: readonly string[],
  options: WebCallOptions,
): Promise<{ readonly results: readonly WebResult[]; readonly failures: readonly string[] }> {
  const failures = new Set<string>()
  const found = await Promise.all(
    parts.slice(0, MOST_SEARCHED).map(async (part): Promise<readonly WebResult[]> => {
      try {
        return await web.search(part, options)
      } catch (error) {
        options.signal?.throwIfAborted()
        if (!(error instanceof AppError)) throw error
        failures.add(error.message)
        return []
      }
    }),
  )
  const places = Array.from({ length: RESULTS }, (_, place) => place)
  const ordered = places.flatMap((place) => found.flatMap((results) => results[place] ?? []))
  const results = [...new Map(ordered.map((result) => [result.url, result])).values()]
  return { results, failures: [...failures] }
}

/** Opens so many of them at the same time, and for one that cannot be the next while there is time. Gives how many it opened. */
async function openBest(
  web: AnswerWeb,
  results: readonly WebResult[],
  wanted: number,
  options: WebCallOptions,
): Promise<number> {
  const waiting = [...results]
  let opened = 0
  const openOne = async (): Promise<void> => {
    const goesOn = (): boolean => !web.isFull && options.deadline?.aborted !== true
    for (let next = waiting.shift(); next !== undefined && goesOn(); next = waiting.shift()) {
      if ((await failureOf(web.open(next.url, options), options)) !== undefined) continue
      opened++
      return
    }
  }
  await Promise.all(Array.from({ length: wanted }, openOne))
  return opened
}

/** Why something failed, in a sentence; undefined: it did not. */
async function failureOf(work: Promise<unknown>, { signal }: CallOptions): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof AppError) return error.message
    throw error
  }
}

const hostOf = (url: string): string => pageUrl(url)?.host ?? 'An address'
