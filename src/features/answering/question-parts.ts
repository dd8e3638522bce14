import { isPronoun, wordsOf } from './words.ts'

/** More parts are one question: whoever asks five things at once wants an overview. */
const MOST_PARTS = 4
/** A longer text tells a story, and its questions are of it. In UTF-16 code units. */
const LONGEST = 1000
/** Words: less than these ask nothing by themselves ("how and when …"). */
const SHORTEST = 3
/** Question words that begin a part after "and"; English, German, Spanish and French. */
const INTERROGATIVE =
  'who|whom|whose|what|when|where|which|why|how|wer|wen|wem|was|wann|wo|woher|wohin|welche[rsmn]?|warum|wie|wieso|' +
  'qui[eé]n(?:es)?|qu[eé]|cu[aá]ndo|d[oó]nde|c[oó]mo|cu[aá]nt[oa]s?|por qu[eé]|qui|quand|o[uù]|pourquoi|comment|combien|quel(?:le)?s?'
const CONJUNCTION = 'and|or|und|oder|sowie|y|e|o|et|ou'
const SECOND = new RegExp(String.raw`[,;]?\s(?:${CONJUNCTION})\s(?=(?:${INTERROGATIVE})\s)`, 'giu')
/** "both what … and what …", "between who … and who …": the two belong together. */
const TOGETHER = /\b(?:both|between|either|neither|sowohl|zwischen|weder|entre|ni)\b/iu
const ENDS_AS_QUESTION = /[?？]$/u
const OPENS_AS_QUESTION = new RegExp(
  String.raw`^[\s"'“‘(¿]*(?:in|on|at|by|for|from|to|of|with|an|am|im|aus|mit|von|en|de|con|por|à|dans)?\s*(?:${INTERROGATIVE})\b`,
  'iu',
)

/**
 * The questions that a text asks, each to be answered by itself: sentences that end with a question mark, and what
 * follows "and" with a question word of its own. A text that asks one thing is its only part. What a later part calls
 * "it" the first one names, so it is read with that: see `resolved`.
 */
export function questionParts(text: string): string[] {
  if (text.length > LONGEST) return [text]
  const asked = text
    .replace(/\s+/gu, ' ')
    .split(/(?<=[?？])\s+|(?<=？)/u)
    .flatMap((sentence) =>
      TOGETHER.test(sentence) || !OPENS_AS_QUESTION.test(sentence) ? [sentence] : sentence.split(SECOND),
    )
    .map((part) => part.trim())
  const parts = asked.filter((part) => part !== '')
  // A remark before or between is about the questions, so that they are not parted.
  const isWhole = (part: string): boolean =>
    wordsOf(part).length >= SHORTEST && (ENDS_AS_QUESTION.test(part) || OPENS_AS_QUESTION.test(part))
  if (parts.length < 2 || parts.length > MOST_PARTS || !parts.every(isWhole)) return [text]
  const [first = text, ...others] = parts
  return [first, ...others.map((part) => capitalised(resolved(part, first)))].map((part) => withMark(part))
}

/** A run of names: words with a capital letter, or figures between them, not at a sentence's beginning alone. */
const NAMES =
  /\p{Lu}[\p{L}\p{M}\p{N}'’.-]*(?:\s+(?:(?:of|the|de|del|la|von|van|der|da|di|du|and|und|y|et|&)\s+)*[\p{Lu}\p{N}][\p{L}\p{M}\p{N}'’.-]*)*/gu

/** What a question or an answer names, the longest run of names behind its first word; undefined: nothing. */
export function subjectOf(whole: string): string | undefined {
  const text = whole.slice(0, LONGEST).replace(/\s+/gu, ' ')
  const begins = text.search(/[\p{L}\p{N}]/u)
  const found = Array.from(text.matchAll(NAMES), ({ 0: name, index }) => {
    const whole = withoutEnd(name, ".'’-")
    // The first word has a capital letter whatever it is: alone it is no name, and a question word is none at all.
    if (index !== begins) return whole
    const [opening = '', ...rest] = whole.split(/\s+/)
    return OPENS_AS_QUESTION.test(`${opening} `) || rest.length === 0 ? rest.join(' ') : whole
  }).filter((name) => wordsOf(name).some(({ stop, lower }) => !stop && lower.length > 1))
  return found.toSorted((a, b) => b.length - a.length)[0]
}

const OF_THINGS = /\b(?:it|this|that|he|she|they|them|him)(?![\p{L}'’])/iu
const OF_OWNERS = /\b(?:its|his|their)\b|\bher(?=\s+\p{L})/iu

/**
 * A question with the name of what it speaks of in the place of its first pronoun, as `before` gives it; as it is where
 * it has no pronoun, or `before` names nothing.
 */
export function resolved(question: string, before: string): string {
  const subject = subjectOf(before)
  if (subject === undefined || question.includes(subject)) return question
  if (OF_OWNERS.test(question)) return question.replace(OF_OWNERS, () => `${subject}’s`)
  return OF_THINGS.test(question) ? question.replace(OF_THINGS, () => subject) : question
}

/** Whether a question has a word that stands for another. */
export const hasPronoun = (question: string): boolean =>
  wordsOf(question).some(({ lower }) => isPronoun(lower)) || OF_THINGS.test(question)

/** The text without as many of these characters as stand at its end. */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text[end - 1] ?? '')) end--
  return text.slice(0, end)
}

const capitalised = (text: string): string => text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
const withMark = (text: string): string => (ENDS_AS_QUESTION.test(text) ? text : `${withoutEnd(text, ',;. ')}?`)
