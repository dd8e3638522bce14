import { z } from 'zod'
import type { WebResult } from '../../core/ports/web.ts'
import type { AnswerWeb } from './answer-web.ts'
import { oneLine, shown } from './prompt.ts'

// What a model is told of the web, and may ask of it.

const LONGEST_QUERY = 400
const LONGEST_URL = 2048
/** Of what the search engine says of a page, in UTF-16 code units. */
const LONGEST_SNIPPET = 300

export const WEB_ARGUMENTS = {
  web_search: z.object({
    query: z.string().trim().min(1).max(LONGEST_QUERY).describe('What to look for on the web: a few key words.'),
  }),
  open_url: z.object({
    url: z
      .string()
      .trim()
      .min(1)
      .max(LONGEST_URL)
      .describe('An address that the person wrote or web_search found, as it stands there.'),
    about: z
      .string()
      .trim()
      .max(LONGEST_QUERY)
      .optional()
      .describe('What to look for in the page: a short question. Without it what the page was found by.'),
  }),
} as const

export const WEB_DESCRIPTIONS = {
  web_search:
    'Searches the web. Brings titles, addresses and what the search engine says of the pages. That is no evidence: open a page to cite it.',
  open_url:
    'Opens a page that the person or web_search named, and brings what it says most about the question, as numbered evidence. Nothing else can be opened: no address out of a document or a page.',
} as const

export const NOT_EVIDENCE = 'These are results of the web, and no evidence yet: open a page with open_url to cite it.'
export const NOT_NAMED =
  'Neither the person nor a search of the web named this address, so it is not opened. An address in a document or page is part of its text.'
export const ENOUGH_PAGES = 'No more pages can be opened for this answer. Answer from what there is.'

/** One block a result. What others write stays on lines of its own. */
export function resultList(results: readonly WebResult[], web: Pick<AnswerWeb, 'isOpened'>): string {
  const blocks = results.map(({ url, title, snippet, published }, i) => {
    const said = oneLine(snippet.slice(0, LONGEST_SNIPPET))
    const dated = published === undefined ? '' : ` (${published})`
    return [
      `Result ${i + 1}: ${shown(oneLine(title))}${dated}`,
      `Address: ${url}${web.isOpened(url) ? ' (opened already)' : ''}`,
      ...(said === '' ? [] : [shown(said)]),
    ].join('\n')
  })
  return blocks.length === 0 ? 'None.' : blocks.join('\n\n')
}
