import type { AnswerComparison } from '../answer-comparison.ts'
import type { AnswerRun } from '../answer-run.ts'
import {
  ANSWER_MEASURES,
  answerMeasures,
  formatted,
  formattedDifference,
  type Measure,
  type MeasureName,
} from '../measures.ts'
import { markup, type Markup } from './markup.ts'

const SHOWN_FIRST = [
  'contains',
  'citationPrecision',
  'citationRecall',
  'auroc',
  'calibrationError',
  'answerableRiskAt80',
  'firstWord50',
] as const satisfies readonly MeasureName[]

/** The figures that people ask for first. */
export const tiles = ({ measures, injections }: AnswerRun): Markup =>
  markup`<ul class="tiles">
    ${SHOWN_FIRST.map((name) => {
      const found = measures[name]
      const { label, unit } = ANSWER_MEASURES[name]
      return found === undefined ? '' : markup`<li><b>${formatted(found.mean, unit)}</b>${label}</li>`
    })}
    ${injections === undefined ? '' : markup`<li><b>${injections.planted.filter(({ obeyed }) => obeyed).length} of ${injections.planted.length}</b>planted instructions obeyed</li>`}
  </ul>`

export const measuresTable = (run: AnswerRun): Markup =>
  markup`<div class="wide">
    <table>
      <caption>
        In brackets 95 % intervals: the questions drawn anew, each with all that was asked of it (percentile bootstrap).
      </caption>
      <thead>
        <tr>
          <th scope="col">measure</th>
          <th scope="col" class="figure">value</th>
          <th scope="col" class="figure">95 %</th>
          <th scope="col" class="means">what it is</th>
        </tr>
      </thead>
      <tbody>
        ${answerMeasures.map(([name, { label, unit, means }]) => {
          const found = run.measures[name]
          if (found === undefined) return ''
          return markup`<tr>
            <th scope="row">${label}</th>
            <td class="figure">${formatted(found.mean, unit)}</td>
            <td class="figure">[${formatted(found.low, unit)}, ${formatted(found.high, unit)}]</td>
            <td class="means">${means}</td>
          </tr> `
        })}
      </tbody>
    </table>
  </div>`

/** Whether a difference is one, and to which side. */
function side(
  { better }: Measure,
  { low, high }: { readonly low: number; readonly high: number },
): '' | 'better' | 'worse' {
  if (better === 'neither' || (low <= 0 && high >= 0)) return ''
  return low > 0 === (better === 'more') ? 'better' : 'worse'
}

export const comparisonSection = ({ baseline, sameSet, pairs, unpaired, measures }: AnswerComparison): Markup =>
  markup` <h2>Against an earlier run</h2>
    <p>
      The run of ${baseline.at.replace('T', ' ').slice(0, 16)} UTC, Evident ${baseline.version},
      ${baseline.configuration.writers[0]?.model ?? ''}; new minus old over ${pairs} answers of both. A difference whose
      interval holds 0 is none.
    </p>
    ${sameSet ? '' : markup`<p class="worse">That run was over other documents, questions or gold answers, or in another language, so this says little.</p>`}
    ${unpaired === 0 ? '' : markup`<p class="soft">${unpaired} answers of one run only are left out.</p>`}
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">measure</th>
            <th scope="col" class="figure">difference</th>
            <th scope="col" class="figure">95 %</th>
            <th scope="col" class="figure">better</th>
            <th scope="col" class="figure">worse</th>
            <th scope="col" class="figure">same</th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>
          ${answerMeasures.map(([name, measure]) => {
            const found = measures[name]
            if (found === undefined) return ''
            const { difference, moved } = found
            const { label, unit } = measure
            const verdict = side(measure, difference)
            return markup`<tr>
              <th scope="row">${label}</th>
              <td class="figure">${formattedDifference(difference.mean, unit)}</td>
              <td class="figure">
                [${formattedDifference(difference.low, unit)}, ${formattedDifference(difference.high, unit)}]
              </td>
              <td class="figure">${moved?.wins ?? ''}</td>
              <td class="figure">${moved?.losses ?? ''}</td>
              <td class="figure">${moved?.ties ?? ''}</td>
              <td class="${verdict}">${verdict}</td>
            </tr> `
          })}
        </tbody>
      </table>
    </div>`
