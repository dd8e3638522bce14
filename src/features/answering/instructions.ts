import type { Span } from '../../core/sentences.ts'
import { marksIn } from './instruction-marks.ts'
import type { MarkKind } from './instruction-marks.ts'
import { OBLIGATION, ordersAnswer, speaksToModel } from './instruction-phrases.ts'
import { isFurniture, leadsAway } from './page-furniture.ts'
import { piecesOf } from './pieces.ts'
import { belongs, plainSentence, countStems, requestOf } from './requests.ts'
import type { Request } from './requests.ts'
import { decodedIn, revealed } from './revealed-text.ts'

/**
 * `to_the_model`: speaks to a language model, or orders something of its answer; `unrelated_request`: asks or orders
 * something that nothing around it is about; `hidden_text`: one of these that is hidden from people, in characters without
 * width, letters of other scripts or base64.
 */
export type InstructionKind = 'to_the_model' | 'unrelated_request' | 'hidden_text' | MarkKind

/** A piece of a text that tells its reader what to do. UTF-16 code units of the text. */
export interface Instruction extends Span {
  readonly kind: InstructionKind
}

export interface Surroundings {
  /** What is known beside the text: its title and headings. undefined: too little to tell what would be foreign to it. */
  readonly beside: string | undefined
  /** BCP 47; where sentences end depends on it. */
  readonly language?: string | null | undefined
}

/** Of a sentence, in UTF-16 code units: an order says what it is at its beginning. */
const LONGEST_READ = 1000
/** Where so many sentences, and so large a share of all, are of one form, it is the text's own: a manual's, a quiz's. */
const FEWEST_OF_FORM = 3
const SHARE_OF_FORM = 1 / 3

/**
 * The instructions that a text holds, in reading order, none within another. A form of its own is not enough for a
 * sentence to be one: manuals give orders and FAQs ask questions, about what their other sentences are about.
 */
export function findInstructions(text: string, surroundings: Surroundings): Instruction[] {
  const seen = revealed(text)
  const found = [...inPlain(text, surroundings), ...inBase64(text)]
  if (seen !== undefined) {
    for (const { start, end, kind } of inPlain(seen.text, surroundings)) {
      const span = { start: seen.at(start), end: seen.at(end) }
      if (!found.some((other) => overlaps(span, other))) {
        found.push({ ...span, kind: kind === 'unrelated_request' ? kind : 'hidden_text' })
      }
    }
  }
  return outermost(found)
}

/** The sentences that ask of readers what pages ask of their visitors, which are no instructions, in reading order. */
export const furnitureIn = (text: string, language?: string | null): Span[] =>
  sentencesOf(text, language ?? undefined).filter(({ start, end }) => {
    const request = requestOf(plainSentence(text.slice(start, Math.min(end, start + LONGEST_READ))))
    return request !== undefined && isFurniture(request)
  })

function inBase64(text: string): Instruction[] {
  return decodedIn(text).flatMap(({ start, end, text: said }): Instruction[] => {
    const says = inPlain(said, { beside: undefined })
    return says.length > 0 || requestOf(plainSentence(said)) !== undefined ? [{ start, end, kind: 'hidden_text' }] : []
  })
}

function inPlain(text: string, { beside, language }: Surroundings): Instruction[] {
  const found: Instruction[] = marksIn(text)
  const requests: { span: Span; request: Request; at: number }[] = []
  const all = sentencesOf(text, language ?? undefined)
  for (const [at, span] of all.entries()) {
    const sentence = plainSentence(text.slice(span.start, Math.min(span.end, span.start + LONGEST_READ)))
    const request = requestOf(sentence)
    const lower = sentence.toLowerCase()
    const order = request?.form === 'order' ? request.text : OBLIGATION.test(lower) ? lower : undefined
    if (speaksToModel(lower) || (order !== undefined && ordersAnswer(order, lower)))
      found.push({ ...span, kind: 'to_the_model' })
    else if (request !== undefined && !isFurniture(request)) requests.push({ span, request, at })
  }
  const isOwnForm = (form: Request['form']): boolean => {
    const same = requests.filter(({ request }) => request.form === form).length
    return same >= FEWEST_OF_FORM && same / all.length >= SHARE_OF_FORM
  }
  const foreign = beside === undefined ? [] : requests.filter(({ request }) => !isOwnForm(request.form))
  if (foreign.length === 0) return found
  const whole = countStems(`${beside}\n${text}`)
  for (const { span, request, at } of foreign) {
    const own = countStems(text.slice(span.start, span.end))
    const isAround = (stem: string): boolean => (whole.get(stem) ?? 0) > (own.get(stem) ?? 0)
    const before = all[at - 1]
    const isAnswer =
      request.form === 'order' && before !== undefined && text.slice(before.start, before.end).trimEnd().endsWith('?')
    if (!isAnswer && !belongs(request, isAround, !leadsAway(request)))
      found.push({ ...span, kind: 'unrelated_request' })
  }
  return found
}

/** Each by itself: also short ones, which quotes are read together with what follows them, and the cells of a row. */
function sentencesOf(text: string, language: string | undefined): Span[] {
  return piecesOf(text, language).flatMap(({ start, end }) => {
    const spans: Span[] = []
    let from = start
    for (const { 0: border, index } of text.slice(start, end).matchAll(BORDER)) {
      spans.push({ start: from, end: start + index })
      from = start + index + border.length
    }
    return [...spans, { start: from, end }]
  })
}

/** Cutting too often does no harm: half a sentence is seldom an order. */
const BORDER =
  /(?<=[.!?…]["'”’»)\]]{0,3})\s+(?=["'“‘«([¿¡]{0,3}[\p{Lu}\p{N}¿¡])|(?<=[:;])\s+(?=["'“‘«([¿¡]{0,3}\p{Lu})| \| |(?<=[。！？])/gu

const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end

function outermost(found: readonly Instruction[]): Instruction[] {
  const kept: Instruction[] = []
  for (const one of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1)
    if (last === undefined || one.start >= last.end) kept.push(one)
    else if (one.end > last.end) kept[kept.length - 1] = { ...last, end: one.end }
  }
  return kept
}
