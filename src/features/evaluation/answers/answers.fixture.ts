import type { AnswerRecord, AnswerSentence, CitedQuote } from './answer-run.ts'

export const cited = (verdict: CitedQuote['verdict'] = 'supported', reason: string | null = null): CitedQuote => ({
  number: 1,
  document: 'lighthouse',
  stored: 'd1',
  version: 1,
  title: 'Lighthouses',
  quote: 'It was built by Ada.',
  start: 10,
  end: 30,
  verdict,
  reason,
})

export const said = (
  text: string,
  verdict: AnswerSentence['verdict'] = 'supported',
  citations: CitedQuote[] = [cited(verdict)],
): AnswerSentence => ({ text, verdict, reason: null, citations })

export const recorded = (id: string, more: Partial<AnswerRecord> = {}): AnswerRecord => ({
  id,
  question: `about ${id}`,
  situation: 'own',
  gold: ['Ada'],
  answer: 'It was built by Ada [1].',
  abstained: false,
  confidence: 0.9,
  model: 'm',
  provider: 'openai',
  tokens: 100,
  sentences: [said('It was built by Ada.')],
  firstWord: 10,
  whole: 20,
  ...more,
})
