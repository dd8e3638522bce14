import { z } from 'zod'
import { type Client, jsonBody } from './client.ts'
import { type FilterOptions, filtersOf } from './filters.ts'
import { printable, printLine, type Terminal, wrap } from './terminal.ts'

const Answer = z.looseObject({
  answer: z.string(),
  abstained: z.boolean(),
  warnings: z.array(z.string()).optional(),
  confidence: z.number(),
  confidence_level: z.string(),
  citations: z.array(
    z.looseObject({
      id: z.number(),
      title: z.string().nullish(),
      page: z.number().nullish(),
      url: z.string().nullish(),
      quote: z.string().nullish(),
      verified: z.boolean(),
    }),
  ),
})

export interface AskOptions extends FilterOptions {
  readonly json: boolean
}

/** `evident ask`: the answer, then the quote that each [n] stands for. Gives the exit code, 0 also for an abstention. */
export async function ask(client: Client, question: string, options: AskOptions, terminal: Terminal): Promise<number> {
  const body = jsonBody({ question, filters: filtersOf(options) }, terminal.signal)
  const answer = await client.json(Answer, '/api/v1/ask', body)
  if (options.json) {
    printLine(terminal.out, JSON.stringify(answer))
    return 0
  }
  for (const line of answer.answer.split('\n')) printLine(terminal.out, wrap(printable(line), 100))
  for (const warning of answer.warnings ?? []) printLine(terminal.err, printable(warning))
  if (answer.abstained) {
    printLine(terminal.out, '\nThe documents do not answer this, so neither does Evident (it abstained).')
    return 0
  }
  for (const citation of answer.citations) {
    const page = typeof citation.page === 'number' ? `, page ${citation.page}` : ''
    const doubt = citation.verified ? '' : '  (not verified)'
    const where = printable(citation.title ?? citation.url ?? 'untitled')
    printLine(terminal.out, `\n[${citation.id}] ${where}${page}${doubt}`)
    printLine(terminal.out, wrap(`“${printable(citation.quote ?? '')}”`, 100, '    '))
  }
  printLine(terminal.out, `\nConfidence: ${answer.confidence_level} (${answer.confidence.toFixed(2)})`)
  return 0
}
