import type { AnswerRecord, AnswerRun, CitedQuote, WorstCase } from './answer-run.ts'
import type { ScoredAnswer } from './measures.ts'

/** Cases of each kind. */
const SHOWN = 10

/** A case before the text around its quotes is known. */
export type Case = Omit<WorstCase, 'evidence'> & { readonly citations: readonly CitedQuote[] }
export type Cases = { readonly [Kind in keyof AnswerRun['worst']]: readonly Case[] }

const surest = (answers: readonly ScoredAnswer[]): ScoredAnswer[] =>
  answers.toSorted((a, b) => b.record.confidence - a.record.confidence).slice(0, SHOWN)

const quotesOf = ({ sentences }: AnswerRecord): CitedQuote[] => sentences.flatMap(({ citations }) => citations)

const caseOf = ({ id, situation, question, gold, answer, confidence }: AnswerRecord) => ({
  id,
  situation,
  question,
  gold: [...gold],
  answer,
  confidence,
})

/** What a person should look at first: wrong, unsupported and unasked for, the surest of each kind. */
export function worstCases(answers: readonly ScoredAnswer[]): Cases {
  const given = answers.filter(({ record }) => !record.abstained)
  const whole = (chosen: readonly ScoredAnswer[]): Case[] =>
    surest(chosen).map(({ record }) => ({ ...caseOf(record), citations: quotesOf(record) }))
  const unsupported = given
    .flatMap(({ record }) => record.sentences.map((sentence) => ({ record, sentence })))
    .filter(({ sentence }) => sentence.verdict !== 'supported')
    // What is refused comes before what is doubted.
    .toSorted(
      (a, b) =>
        Number(b.sentence.verdict === 'unsupported') - Number(a.sentence.verdict === 'unsupported') ||
        b.record.confidence - a.record.confidence,
    )
    .slice(0, SHOWN)
  return {
    wrong: whole(given.filter(({ isAnswerable, right }) => isAnswerable && !right)),
    unsupported: unsupported.map(({ record, sentence }) => ({
      ...caseOf(record),
      sentence: sentence.text,
      ...(sentence.reason === null ? {} : { reason: sentence.reason }),
      citations: sentence.citations,
    })),
    missedAbstentions: whole(given.filter(({ isAnswerable }) => !isAnswerable)),
  }
}
