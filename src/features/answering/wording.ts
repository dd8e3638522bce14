import { isSnapshotId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import type { Span } from '../../core/sentences.ts'
import type { Answer, Claim } from './answer.ts'
import { withoutMarks } from './claims.ts'
import type { RankedPassage, Reading } from './passages.ts'
import type { Question } from './question.ts'
import type { RankedSentence } from './sentence-ranking.ts'

/** What the texts of this file are told about one question. */
export interface Findings {
  /** One or, where it has several parts, several. */
  readonly questions: readonly Question[]
  readonly passages: readonly RankedPassage[]
  /** The sentence that answers best, if any. */
  readonly best: RankedSentence | undefined
  /** A text was to be summed up, and no question to be answered. */
  readonly isOverview: boolean
  readonly confidence: number
  readonly threshold: number
  /** false: the request allows no document to be read. */
  readonly searched: boolean
  /** Of the web: whether pages of it were to be read, and were. */
  readonly web: 'unasked' | 'unread' | 'read'
  /** Of an answer: what it rests on, whether a model was asked for one, and how often that looked further. */
  readonly draft: { readonly basis: Answer['basis']; readonly isAsked: boolean; readonly steps: number }
}

const MOST_WORDS = 8

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const hundredths = (value: number): string => value.toFixed(2)

/** The question's content words as it wrote them, the rare ones if there are many. */
function lookedFor(questions: readonly Question[]): string {
  const distinct = new Map(questions.flatMap(({ terms }) => terms).map((term) => [term.word.stem, term]))
  const terms = [...distinct.values()]
  const rare = new Set(terms.toSorted((a, b) => b.weight - a.weight).slice(0, MOST_WORDS))
  return terms
    .filter((term) => rare.has(term))
    .map(({ word }) => `“${word.text}”`)
    .join(', ')
}

function lookedAt({ passages, searched, web }: Findings): string {
  const count = new Set(passages.map(({ documentId }) => documentId)).size
  const passage = counted(passages.length, 'passage')
  if (!searched) return `${passage} of ${counted(count, 'page', 'pages')} of the web`
  if (web === 'read') return `${passage} of ${counted(count, 'document or page', 'documents and pages')}`
  return `${passage} of ${counted(count, 'document')}`
}

/** Which documents are not read yet; empty where all are. */
function stillRead({ documents, pending }: Reading): string {
  if (pending === 0) return ''
  if (documents === 1) return 'The document is still being read'
  const which = pending === documents ? `All ${documents} documents` : `${pending} of ${documents} documents`
  return `${which} ${pending === 1 ? 'is' : 'are'} still being read`
}

function nothingFound(reading: Reading): string {
  const { documents, pending, failed } = reading
  if (documents === 0) {
    return 'There is no document yet to answer this from. Add some in the web page, with “evident ingest FOLDER” or by POST /api/v1/upload-file, and ask again.'
  }
  if (pending > 0) return `I found nothing to answer this from so far. ${stillRead(reading)}: ask again in a moment.`
  if (failed === documents) {
    const which = documents === 1 ? 'the document could not' : `none of the ${documents} documents could`
    return `I cannot answer this: ${which} be read. The list of documents says why.`
  }
  return 'I found no document to answer this from. Add documents, or choose others, and ask again.'
}

/** Said instead of an answer. It claims nothing about the subject. */
export function abstentionText(findings: Findings, reading: Reading): string {
  const { questions, passages, searched, web } = findings
  if (!searched && web !== 'read') {
    const read = web === 'unread' ? ', and no page of the web could be read' : ''
    return `I cannot answer this: the request allows me to read no document${read}.`
  }
  if (passages.length === 0) return nothingFound(reading)
  if (findings.isOverview) return `I cannot sum this up: ${whyNotSummedUp(findings)}`
  const words = lookedFor(questions)
  const unread = stillRead(reading)
  const later = unread === '' ? '' : ` ${unread}: ask again in a moment.`
  if (words === '') {
    return `I cannot answer this: the question names nothing to look for. I looked at ${lookedAt(findings)} that came nearest.`
  }
  const places = [
    ...(searched ? ['your documents'] : []),
    ...(web === 'read' ? ['the pages of the web that I read'] : []),
  ]
  return `I did not find an answer to this in ${places.join(' and ')}. I looked for ${words} and read the ${lookedAt(findings)} that came nearest; none of them answers it clearly enough.${later}`
}

function whyNotSummedUp({ best, draft, confidence, threshold }: Findings): string {
  if (best === undefined) return 'the text holds too few sentences, or none that say what it is about.'
  if (draft.isAsked) return 'the language model wrote nothing that its text carries.'
  return `what the sentences that I would choose say of the text is too little (a confidence of ${hundredths(confidence)}, where ${hundredths(threshold)} is asked for).`
}

/** Stands in an answer in the place of a part of the question that nothing answers. */
export const missingPart = (question: string): string =>
  `I found no answer to this part of the question: ${withoutMarks(question)}`

/** Stands above what sums up one of several texts. */
export const headingOf = (title: string): string =>
  `${withoutMarks(title)
    .replace(/[\s*_`#<>[\]|~]+/g, ' ')
    .trim()}:`

/** A part of an answer as far as it says something by itself: which has no answer, and what is summed up. */
export interface Noticed {
  readonly question: string
  /** Of a text, where several are summed up. */
  readonly title?: string | undefined
}

/** Whether a place of a text is one that says which part of the question has no answer, or names it: that is no claim. */
export function inNotice(text: string, parts: readonly Noticed[]): (place: Span) => boolean {
  let from = 0
  const notices = parts.flatMap(({ question, title }): Span[] => {
    const spans = [...(title === undefined ? [] : [headingOf(title)]), missingPart(question)].flatMap(
      (notice): Span[] => {
        const start = text.indexOf(notice, from)
        return start === -1 ? [] : [{ start, end: start + notice.length }]
      },
    )
    from = spans.at(-1)?.end ?? from
    return spans
  })
  return (place) => notices.some(({ start, end }) => place.start < end && place.end > start)
}

/** Opens an answer for which neither a document nor a page is a source. @param evidence what was found, and does not answer */
export function generalKnowledgeNote(evidence: readonly Pick<Evidence, 'documentId'>[]): string {
  const pages = evidence.filter(({ documentId }) => isSnapshotId(documentId)).length
  const read = 'the pages of the web that I read'
  const sources =
    pages === 0 ? 'Your documents' : pages < evidence.length ? `Your documents and ${read}` : capital(read)
  return `${sources} do not answer this. The following is general knowledge of the language model, without a source:\n\n`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** For the person who wants to know why: what was read, what was found, and what decided. */
export function reasoningText(findings: Findings, abstained: boolean, claims: readonly Claim[]): string {
  const known = findings.draft.basis === 'general_knowledge' && !abstained
  const general = known ? ' The language model answered from general knowledge.' : ''
  return readingText(findings, abstained, claims) + general
}

function readingText(findings: Findings, abstained: boolean, claims: readonly Claim[]): string {
  const { questions, passages, best, isOverview, confidence, threshold, searched, web, draft } = findings
  if (!searched && web === 'unasked') return 'Nothing was searched, because the request names no document.'
  if (!searched && web === 'unread') return 'The request names no document, and no page of the web could be read.'
  if (passages.length === 0) return 'The search found no passage.'
  const words = lookedFor(questions)
  const further = draft.steps === 0 ? '' : ` The language model looked further ${counted(draft.steps, 'time')}.`
  const read = `Read ${lookedAt(findings)}${words === '' ? '' : ` for ${words}`}.${further}`
  const title = passages[best?.passage ?? 0]?.title ?? ''
  const coverage = best?.features.coverage ?? 0
  const found =
    best === undefined
      ? 'None held a sentence that could be an answer.'
      : isOverview
        ? 'Chose the sentences that say most of what the text says.'
        : `The best sentence${title === '' ? '' : `, from “${title}”,`} holds ${Math.round(100 * coverage)} % of what the question's words weigh.`
  const relation = confidence < threshold ? 'stays below' : 'reaches'
  const decided = `The confidence of ${hundredths(confidence)} ${relation} the threshold of ${hundredths(threshold)}`
  if (abstained && draft.isAsked) return `${read} ${found} The language model found no answer in them.`
  if (abstained || draft.basis === 'general_knowledge') return `${read} ${found} ${decided}, so they give no answer.`
  const supported = claims.filter(({ verdict }) => verdict === 'supported').length
  const carried =
    supported === claims.length
      ? `its sources support ${claims.length === 1 ? 'the sentence' : `all ${claims.length} sentences`} of the answer`
      : `its sources support ${supported} of the ${counted(claims.length, 'sentence')} of the answer`
  return `${read} ${found} ${decided}; ${carried}.`
}
