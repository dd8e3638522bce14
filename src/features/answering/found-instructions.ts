import type { DocumentId, UserId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import type { Span } from '../../core/sentences.ts'
import { findInstructions } from './instructions.ts'
import type { Instruction, InstructionKind } from './instructions.ts'
import { readableTitle } from './words.ts'

/** An instruction in what an answer was made from. It is reported, and nothing is done about what it says. */
export interface FoundInstruction {
  /** null: a result of a web search that was not opened. */
  readonly documentId: DocumentId | null
  readonly title: string
  /** Of a page of the web. */
  readonly url: string | null
  /** `web`: text of a page that was read from the web, or what a search engine says of it. */
  readonly where: 'text' | 'web' | 'heading' | 'title' | 'file_name' | 'metadata'
  readonly kind: InstructionKind
  readonly quote: string
  /** Where it stands in the document's content: `content.slice(start, end) === quote`; null: elsewhere than there. */
  readonly place: (Span & { readonly version: number }) | null
}

/** What a document is called and described as; whoever wrote it may have chosen it. */
export interface DocumentLabels {
  /** null: a result of a web search that was not opened. */
  readonly documentId: DocumentId | null
  readonly title: string
  readonly fileName: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  /** It is a page, or pages, of the web. */
  readonly isWeb: boolean
  /** undefined: it is no page of the web, or more than one. */
  readonly url?: string | undefined
}

export type LabelsOf = (owner: UserId, documents: readonly DocumentId[]) => Promise<readonly DocumentLabels[]>

/** A document can be full of them: of more than so many the rest is not listed. */
const MOST_REPORTED = 50
/** Of what a document is described as so much is read: strings, and UTF-16 code units of each and of all. */
const STRINGS_OF_METADATA = 100
const LONGEST_LABEL = 2000
const LONGEST_METADATA = 10_000

/** By text and what is known beside it, the last ones read: one answer reads its evidence several times, cut in several ways. */
const known = new Map<string, readonly Instruction[]>()
const MOST_KNOWN = 64

/** The instructions in the text of evidence; offsets are into that text. */
export function instructionsIn({ text, title, parts }: Evidence): readonly Instruction[] {
  const beside = [readableTitle(title), ...parts.map(({ context }) => context)].join('\n')
  const key = `${beside}\0${text}`
  const found = known.get(key) ?? findInstructions(text, { beside })
  known.delete(key)
  known.set(key, found)
  const [oldest] = known.keys()
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest)
  return found
}

/** Those that are surely written for a program that answers: a question or an order may be the document's own. */
export const isForModel = ({ kind }: Pick<Instruction, 'kind'>): boolean => kind !== 'unrelated_request'

/** All that is found in what an answer was made from: in its evidence, and in the labels of the documents it came from. */
export function reportInstructions(
  evidence: readonly Evidence[],
  labels: readonly DocumentLabels[],
): FoundInstruction[] {
  const pages = new Set(labels.filter(({ isWeb }) => isWeb).map(({ documentId }) => documentId))
  const inTexts = evidence.flatMap((one) => [
    ...inText(one, pages.has(one.documentId) ? 'web' : 'text'),
    ...inHeadings(one),
  ])
  const texts = Map.groupBy(evidence, ({ documentId }): DocumentId | null => documentId)
  const inLabels = labels.flatMap((label) => {
    const own = texts.get(label.documentId)?.map(({ text }) => text)
    return ofLabels(label, own?.join('\n'))
  })
  return distinct([...inLabels, ...inTexts]).slice(0, MOST_REPORTED)
}

function inText(evidence: Evidence, where: 'text' | 'web'): FoundInstruction[] {
  const { documentId, title, version, start: from, text } = evidence
  return instructionsIn(evidence).flatMap(({ start, end, kind }): FoundInstruction[] => {
    const span = withinPart(evidence, { start: from + start, end: from + end })
    if (span === undefined) return []
    const quote = text.slice(span.start - from, span.end - from)
    const url = evidence.parts.find((part) => part.start <= span.start && span.end <= part.end)?.url ?? null
    return [{ documentId, title, url, where, kind, quote, place: { ...span, version } }]
  })
}

/** What lies between two parts is not kept as it is stored: of what goes over a border, its longer piece. */
function withinPart({ parts }: Evidence, { start, end }: Span): Span | undefined {
  const pieces = parts.map((part) => ({ start: Math.max(start, part.start), end: Math.min(end, part.end) }))
  const [longest] = pieces.toSorted((a, b) => b.end - b.start - (a.end - a.start))
  return longest === undefined || longest.end <= longest.start ? undefined : longest
}

function inHeadings({ documentId, title, parts, text }: Evidence): FoundInstruction[] {
  return [...new Set(parts.map(({ context }) => context))].flatMap((context) =>
    findInstructions(context, { beside: `${readableTitle(title)}\n${text}` })
      .map(({ start, end, kind }) => ({ kind, quote: context.slice(start, end) }))
      .filter(({ quote }) => !text.includes(quote))
      .map(({ kind, quote }): FoundInstruction => {
        const url = parts.find((part) => part.context === context)?.url ?? null
        return { documentId, title, url, where: 'heading', kind, quote, place: null }
      }),
  )
}

/** @param text what is known of the document's content; undefined: nothing, so that no label is foreign to it */
function ofLabels(
  { documentId, title, fileName, metadata, isWeb, url }: DocumentLabels,
  text: string | undefined,
): FoundInstruction[] {
  const found = (where: FoundInstruction['where'], label: string): FoundInstruction[] => {
    const plain = spaced(label.slice(0, LONGEST_LABEL))
    // A name has no question mark, and often no full stop.
    const asked = /[.!?]\s*$/.test(plain) ? [plain] : [plain, `${plain}?`]
    const instructions =
      asked.map((form) => findInstructions(form, { beside: text })).find(({ length }) => length > 0) ?? []
    return instructions.map(({ start, end, kind }) => {
      return { documentId, title, url: url ?? null, where, kind, quote: label.slice(start, end), place: null }
    })
  }
  const stem = fileName === null ? undefined : withoutExtension(fileName)
  const isTitle = stem === undefined || spaced(stem).trim() === spaced(withoutExtension(title)).trim()
  return [
    ...found('title', withoutExtension(title)),
    ...(isTitle ? [] : found('file_name', stem)),
    ...beginning(stringsIn(metadata)).flatMap((value) =>
      found(documentId === null && isWeb ? 'web' : 'metadata', value),
    ),
  ]
}

const withoutExtension = (name: string): string => name.replace(/(?<=[^.\s])\.\p{L}[\p{L}\p{N}]{1,4}$/u, '')

/** File names write spaces as underscores or hyphens. Of the same length. */
const spaced = (label: string): string =>
  /\s/.test(label.trim())
    ? label.replaceAll('_', ' ')
    : label.replaceAll(/[_+-]|%20/g, (mark) => ' '.repeat(mark.length))

/** The first of them, as far as there is room for all of one. */
function beginning(values: readonly string[]): readonly string[] {
  let left = LONGEST_METADATA
  return values.filter((value) => (left -= Math.min(value.length, LONGEST_LABEL)) >= 0)
}

function stringsIn(value: unknown, found: string[] = []): string[] {
  if (found.length >= STRINGS_OF_METADATA) return found
  if (typeof value === 'string') found.push(value)
  else if (Array.isArray(value)) for (const item of value) stringsIn(item, found)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      if (/\s|_/.test(key)) stringsIn(key, found)
      stringsIn(field, found)
    }
  }
  return found
}

/** One passage may be found by several searches. */
function distinct(found: readonly FoundInstruction[]): FoundInstruction[] {
  const keyOf = ({ documentId, url, where, quote, place }: FoundInstruction) =>
    JSON.stringify([documentId, url, where, quote, place])
  return [...new Map(found.map((one) => [keyOf(one), one])).values()]
}

/**
 * The evidence without the sentences that are written for a program: they answer nobody's question, so nobody quotes them. Where no other
 * sentence is left it stays as it is: somebody may ask for just that.
 */
export function quotableEvidence(evidence: readonly Evidence[]): readonly Evidence[] {
  const cleaned = evidence.map((one) => {
    const spans = instructionsIn(one).filter(isForModel)
    if (spans.length === 0) return one
    const isOne = (sentence: Span): boolean =>
      spans.some(({ start, end }) => sentence.start < one.start + end && one.start + start < sentence.end)
    return { ...one, sentences: one.sentences.filter((sentence) => !isOne(sentence)) }
  })
  return cleaned.some(({ sentences }) => sentences.some(({ score }) => score !== null)) ? cleaned : evidence
}

/** What the asker is told of it, in words that repeat nothing of a document. */
export function instructionWarnings(found: readonly Pick<FoundInstruction, 'kind'>[]): string[] {
  const forModel = found.filter(isForModel).length
  const others = found.length - forModel
  return [
    ...(forModel === 0
      ? []
      : [
          `The documents hold instructions to whoever answers from them (found_instructions: ${forModel}). They were taken as text.`,
        ]),
    ...(others === 0
      ? []
      : [
          `The documents ask for something that the text around it is not about (found_instructions: ${others}). It was taken as text.`,
        ]),
  ]
}
