// A model that follows rules in the place of one that thinks: it sees the question and what its tools gave, and nothing
// else. It looks for names that the first results bring in, as somebody does who knows nothing of the subject.
import type { LanguageModel, ModelEvent, ModelRequest } from '../src/core/ports/language-models.ts'
import { wordsOf } from '../src/features/answering/words.ts'

interface Shown {
  readonly number: number
  readonly title: string
  readonly text: string
}

/** Evidence as the prompt shows it. */
const EVIDENCE = /evidence \[(\d+)\]\nDocument: [^\n]*\n(?:Title: ([^\n]*)\n)?([^]*?)\n--- \w+ end of evidence/g

const BEST_FIRST = /^Best first: \[(\d+)\]/m

/** Of what a search gave the first. */
const bestNumber = (result: string): number | undefined =>
  Number(BEST_FIRST.exec(result)?.[1]) || evidenceIn(result)[0]?.number

const evidenceIn = (text: string): Shown[] =>
  Array.from(text.matchAll(EVIDENCE), ([, number = '', title = '', shown = '']) => ({
    number: Number(number),
    title,
    text: shown,
  }))

const NAME = /\p{Lu}[\p{L}\p{M}\p{N}'’.-]*(?:\s+(?:(?:of|the|de|and|&|in)\s+)*[\p{Lu}\p{N}][\p{L}\p{M}\p{N}'’.-]*)*/gu

const namesIn = (text: string): string[] => Array.from(text.matchAll(NAME), ([name]) => name.replace(/[.'’-]+$/u, ''))

const stemsOf = (text: string): Set<string> => new Set(wordsOf(text).flatMap(({ stop, stem }) => (stop ? [] : [stem])))

const shareOf = (of: ReadonlySet<string>, within: ReadonlySet<string>): number =>
  of.size === 0 ? 0 : of.intersection(within).size / of.size

/** Results whose names are looked for. */
const READ = 2
const MOST_SEARCHES = 10
/** What a searcher takes away, and how many of the first results are among it. */
const TAKEN = 5
const KEPT_OF_FIRST = 4

interface Lead {
  readonly name: string
  /** Share of the question's words that the sentence has which names it. */
  readonly near: number
  /** Words of the question that the result has not which names it. */
  readonly open: ReadonlySet<string>
  /** Of that result. */
  readonly rank: number
}

/** Names to look for: those that the best results bring in, and those of the question. */
function leadsOf(question: string, first: readonly Shown[]): Lead[] {
  const asked = stemsOf(question)
  const found = first.slice(0, READ).flatMap(({ title, text }, rank) => {
    const named = stemsOf(title)
    const open = asked.difference(stemsOf(`${title} ${text}`))
    return text.split(/(?<=[.!?])\s+/).flatMap((sentence): Lead[] => {
      const near = shareOf(asked, stemsOf(sentence))
      const names = namesIn(sentence).filter((name) => stemsOf(name).size > 0 && shareOf(stemsOf(name), named) < 0.99)
      return names.map((name) => ({ name, near, open, rank }))
    })
  })
  const own = namesIn(question).filter((name) => stemsOf(name).size > 0)
  const all = [...own.map((name): Lead => ({ name, near: 0.5, open: new Set(), rank: 0 })), ...found]
  const worth = ({ near, rank }: Lead): number => near - 0.15 * rank
  return [...Map.groupBy(all, ({ name }) => name).values()]
    .flatMap((same) => same.toSorted((a, b) => worth(b) - worth(a)).slice(0, 1))
    .toSorted((a, b) => worth(b) - worth(a))
    .slice(0, MOST_SEARCHES)
}

/** How much the first result for a name promises: it is about the name, and says what the question still asks. */
function promise(question: string, lead: Lead, { title, text }: Shown): number {
  const [name, about, said] = [stemsOf(lead.name), stemsOf(title), stemsOf(`${title} ${text}`)]
  const isOfIt = shareOf(name, about) * shareOf(about, name)
  return (
    isOfIt + 0.5 * lead.near + 0.75 * shareOf(lead.open, said) + shareOf(stemsOf(question), said) - 0.15 * lead.rank
  )
}

export function scriptedSearcher(): LanguageModel {
  return {
    id: 'scripted-searcher',
    provider: 'bench',
    contextWindow: 32_768,
    supports: { tools: true, jsonSchema: false },
    writes: true,
    probe: async () => undefined,
    stream: async function* ({ messages, question }: ModelRequest): AsyncGenerator<ModelEvent> {
      const first = evidenceIn(messages.findLast(({ role }) => role === 'user')?.content ?? '')
      const leads = leadsOf(question, first)
      const results = messages.filter((message) => message.role === 'tool')
      if (results.length === 0 && leads.length > 0) {
        for (const [i, { name }] of leads.entries()) {
          const call = { id: `c${i}`, name: 'search_documents', arguments: JSON.stringify({ query: name }) }
          yield { type: 'tool-call', call }
        }
        yield { type: 'finish', reason: 'tools', tokens: 0 }
        return
      }
      const shown = [...first, ...results.flatMap(({ content }) => evidenceIn(content))]
      const byNumber = new Map(shown.map((evidence) => [evidence.number, evidence]))
      const kept = first.slice(0, KEPT_OF_FIRST).map(({ number }) => number)
      const further = leads.flatMap((lead, i) => {
        const best = byNumber.get(bestNumber(results[i]?.content ?? '') ?? 0)
        if (best === undefined || kept.includes(best.number)) return []
        return [{ number: best.number, worth: promise(question, lead, best) }]
      })
      const [found] = further.toSorted((a, b) => b.worth - a.worth)
      const numbers = new Set([...kept, ...(found === undefined ? [] : [found.number]), ...first.map((e) => e.number)])
      const marks = [...numbers].slice(0, TAKEN).map((number) => `[${number}]`)
      yield { type: 'text-delta', text: `These tell of it ${marks.join('')}.` }
      yield { type: 'finish', reason: 'stop', tokens: 0 }
    },
  }
}
