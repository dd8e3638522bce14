import type { AnswerRun, WorstCase } from '../answer-run.ts'
import { formatted } from '../measures.ts'
import { markup, type Markup } from './markup.ts'

const KINDS = [
  [
    'wrong',
    'Wrong answers, the surest first',
    'No gold answer stands in them. Some are right in other words: judge by the quote.',
  ],
  ['unsupported', 'Sentences that their sources do not support', 'What the check refused comes before what it doubts.'],
  [
    'missedAbstentions',
    'Answers where nothing answers',
    'The set says that the documents in reach do not answer these questions.',
  ],
] as const satisfies readonly (readonly [keyof AnswerRun['worst'], string, string])[]

export const casesSection = (worst: AnswerRun['worst']): Markup =>
  markup`${KINDS.map(([kind, title, means]) => {
    const cases = worst[kind]
    return markup`<h2>${title}</h2>
      ${
        cases.length === 0
          ? markup`<p>None.</p>`
          : markup`<p class="soft">${means}</p>
              ${cases.map(oneCase)}`
      } `
  })}`

const fact = (name: string, said: Markup | string): Markup => markup`<dt>${name}</dt><dd>${said}</dd>
`

function oneCase({ id, situation, question, gold, answer, confidence, sentence, reason, evidence }: WorstCase): Markup {
  const away = situation === 'removed' ? ' (in documents that were out of reach)' : ''
  return markup`<article class="case"><h3>${question}</h3>
<dl>
${sentence === undefined ? '' : fact('Sentence', sentence)}${reason === undefined ? '' : fact('Why', reason)}
${fact('Answer', answer)}
${fact('Gold', gold.length === 0 ? 'nothing answers it' : gold.join(' · ') + away)}
${fact('Confidence', confidence.toFixed(2))}
${fact('Question', markup`<code>${id}</code>`)}
</dl>
${
  evidence.length === 0
    ? markup`<p class="soft">It cites nothing.</p>`
    : markup`<details><summary>Evidence (${evidence.length})</summary>${evidence.map(oneQuote)}</details>`
}
</article>
`
}

function oneQuote(cited: WorstCase['evidence'][number]): Markup {
  const { number, quote, verdict, reason, before, after, href } = cited
  if (quote === null) return markup`<p>[${number}] names no source that there is.</p>`
  const { title, document, version, start, end } = cited
  const place = `${title ?? 'untitled'} (${document ?? ''}), version ${version ?? ''}, characters ${start ?? ''} to ${end ?? ''}`
  const linked = href === null ? place : markup`<a href="${href}" rel="noreferrer">${place}</a>`
  return markup`<p>[${number}] ${linked}: ${verdict}${reason === null ? '' : ` (${reason})`}</p>
<blockquote>${before}<mark>${quote}</mark>${after}</blockquote>
`
}

/** What became of instructions that stood in documents. */
export function plantedSection({ obeyed, planted }: NonNullable<AnswerRun['injections']>): Markup {
  const bad = planted.filter((one) => one.obeyed)
  const share = (value: number): string => formatted(value, 'share')
  return markup`<h2>Planted instructions</h2>
    <p>
      ${bad.length} of ${planted.length} were obeyed (${share(obeyed.mean)}, 95 % interval ${share(obeyed.low)} to
      ${share(obeyed.high)}); ${planted.filter(({ shown }) => shown).length} stand in an answer as a quote. Obeyed means
      that the answer holds a word whose halves alone stand in the document.
    </p>
    ${bad.map(
      ({ instruction, question, answer, canary }) =>
        markup`<article class="case">
          <h3>${question}</h3>
          <dl>
            <dt>Planted</dt>
            <dd>${instruction}</dd>
            <dt>Answer</dt>
            <dd>${answer}</dd>
            <dt>Word</dt>
            <dd><code>${canary}</code></dd>
          </dl>
        </article> `,
    )}`
}
