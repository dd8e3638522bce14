import {
  GERMAN_ORDERS,
  GERMAN_POLITE,
  LITTLE_WORDS,
  MAYBE_ORDERS,
  OBJECTS,
  ORDERS,
  POINTED_AT,
  POINTERS,
  SPANISH_ORDERS,
} from './instruction-words.ts'
import { wordsOf } from './words.ts'
import type { Word } from './words.ts'

/** A sentence that asks or orders something, by its form. */
export interface Request {
  readonly form: 'order' | 'question'
  /** From its verb or question word on, with single spaces, in lower case and as it is written. */
  readonly text: string
  readonly written: string
}

/** Bullets, numbers, quote marks and words that may stand before a request. */
const OPENING =
  /^(?:[^\p{L}\p{N}]|\d{1,3}[.)] )*(?:(?:please|kindly|now|also|then|next|finally|first|lastly|additionally|furthermore|instead|simply|just|always|important|note|notice|attention|warning|reminder|remember|p\.?s|task|instructions?|question|request|todo|hey|hi|hello|ok|okay|bitte|nun|jetzt|außerdem|zusätzlich|wichtig|hinweis|achtung|aufgabe|frage|por favor|importante|nota|atención|tarea|pregunta)\b[,:;!.–— -]*)*(?:[^\p{L}\p{N}])*/u
/** An adverbial that stands before an order: “in your response, …”, “at the end, …”. */
const BEFORE_ORDER =
  /^in (?:your|the|every|each) (?:[a-z-]+ )?(?:answer|response|reply|output)s? |^(?:in|at|after|before|when|if|while|for|with|using|based|to|as|once|upon|from|regardless|without|by)\b[^,.:;]{0,60}[,:] /
/** Pages send people on in these words. */
const FOR_READERS =
  /^(?:for|to (?:get|find|learn|read)) (?:more|further|additional|full)\b|\b(?:more|further) (?:information|details)\b/
const QUESTION_WORD =
  /^(?:what|who|whom|whose|which|when|where|why|how|was|wer|wen|wem|wessen|welche[rsnm]?|wann|wo|warum|wieso|weshalb|wie|qué|quién(?:es)?|cuál(?:es)?|cuándo|dónde|cómo|por qué|cuánt[oa]s?)(?!\p{L})/u
const ASKED_VERB =
  /^(?:what|who|which|when|where|why|how)(?:’s|’re| (?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|many|much|long|far|old)) /
const POLITE_QUESTION =
  /^(?:can|could|would|will) (?:you|i|someone|anyone)\b|^(?:do|did|have) you\b|^(?:is|are|does|did|was|were|should|can) [^ ]|^(?:kannst du|können sie|könntest du|könnten sie|würdest du|weißt du|hast du)\b|^(?:puedes|podrías|puede|sabes|quieres)\b/
const WISH =
  /^(?:i (?:want|need|would like|’d like) you to|i’d like you to|ich möchte,? dass du|du (?:musst|sollst)|quiero que|debes|tienes que) /

/** With single spaces and one kind of apostrophe. */
export const plainSentence = (sentence: string): string => sentence.replace(/\s+/g, ' ').replace(/['‘`]/g, '’').trim()

/** @param sentence as `plainSentence` gives it */
export function requestOf(sentence: string): Request | undefined {
  const found = formOf(sentence.toLowerCase())
  if (found === undefined) return undefined
  const written = sentence.slice(-found.text.length)
  return found.form === 'order' && LABEL.test(written) ? undefined : { ...found, written }
}

/** A word in capitals before others that are not is a heading of what follows: “DESIGN A trial …”. */
const LABEL = /^\p{Lu}{3,}[ ,:](?!\p{Lu}{2})/u

function formOf(sentence: string): Omit<Request, 'written'> | undefined {
  const text = sentence.replace(OPENING, '')
  if (isOrder(text) || WISH.test(text)) return { form: 'order', text }
  const rest = FOR_READERS.test(text) ? text : text.replace(BEFORE_ORDER, '')
  if (rest !== text && isOrder(rest)) return { form: 'order', text: rest }
  const isAsked = /[?？]["'”’)\]]*$/.test(text)
  if (
    QUESTION_WORD.test(text)
      ? isAsked || (ASKED_VERB.test(text) && !/[.:;!]$/.test(text))
      : isAsked && POLITE_QUESTION.test(text)
  )
    return { form: 'question', text }
  return undefined
}

function isOrder(text: string): boolean {
  const [first = '', second = ''] = text.split(/[^\p{L}\p{N}’'-]+/u, 2)
  if (first === 'do' || first === 'never' || first === 'don’t')
    return second === 'not' || first !== 'do' || OBJECTS.has(second)
  if (second === '') return false
  if (!text.startsWith(`${first} `)) return false
  if (GERMAN_ORDERS.has(first) || SPANISH_ORDERS.has(first) || GERMAN_POLITE.test(text)) return true
  if (MAYBE_ORDERS.has(first)) return OBJECTS.has(second)
  return ORDERS.has(first)
}

/** How often each word stands in a text, by its stem. */
export function countStems(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { stem } of wordsOf(text)) counts.set(stem, (counts.get(stem) ?? 0) + 1)
  return counts
}

/**
 * Whether a request is about something that stands around it, or points at it.
 * @param isAround whether a word, by its stem, stands around it
 */
export function belongs({ form, written }: Request, isAround: (stem: string) => boolean, mayPoint = true): boolean {
  const words = wordsOf(written)
  const pointing = form === 'order' ? words.slice(1, REACH_OF_VERB) : words.slice(1)
  if (mayPoint && pointing.some(({ lower }) => (form === 'order' ? POINTED_AT : POINTERS).has(lower))) return true
  const verb = form === 'order' ? words[0]?.stem : undefined
  const own = words.filter(
    ({ stem, stop, lower }) => !stop && lower.length > 2 && stem !== verb && saysSubject(lower, stem),
  )
  const isForeign = ({ stem }: Word): boolean => !isAround(stem)
  const share = own.filter(isForeign).length / Math.max(1, own.length)
  if (own.length < 2)
    return !(words.length > 3 && own.some((word) => isForeign(word) && word.lower.length >= RARE_LENGTH))
  const names = own.filter(({ offset, capital, number }) => (capital && offset > 0) || number)
  return share < (names.length > 0 && names.every(isForeign) ? FOREIGN_WITH_NAMES : FOREIGN)
}

/** Shares of a request's words that say what it is about and stand nowhere around it. Chosen on the training attacks. */
const FOREIGN = 0.75
/** Where it names somebody or something that nothing around it does. */
const FOREIGN_WITH_NAMES = 0.5
/** A word of so many letters says by itself what a request is about. */
const RARE_LENGTH = 7

const saysSubject = (lower: string, stem: string): boolean => !LITTLE_WORDS.has(lower) && !GENERAL.has(stem)

/** Words behind an order's verb in which it points at what was said before. */
const REACH_OF_VERB = 3

/** Of requests themselves, not of what they ask about. */
const GENERAL = countStems(
  'please show tell give write know like want need make provide example following using use way ways main simple terms ' +
    'work works mean means difference differences cause causes happen you your yours me',
)
