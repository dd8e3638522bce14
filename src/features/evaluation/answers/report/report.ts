import { createHash } from 'node:crypto'
import type { AnswerComparison } from '../answer-comparison.ts'
import type { AnswerRun } from '../answer-run.ts'
import { scored } from '../measures.ts'
import { casesSection, plantedSection } from './cases.ts'
import { confidenceChart, latencyChart, reliabilityChart, riskChart } from './charts.ts'
import { Markup, markup } from './markup.ts'
import { STYLE } from './style.ts'
import { comparisonSection, measuresTable, tiles } from './tables.ts'

/**
 * A run as one page for people: no script, nothing from elsewhere, which its own policy forbids too. All that documents and
 * models said is text in it.
 */
export function answerReport(run: AnswerRun, comparison?: AnswerComparison): string {
  const answers = run.questions.map((record) => scored(record, run.set.language))
  const { set, configuration } = run
  const hash = createHash('sha256').update(STYLE).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>Answers to ${set.name}</title>
        <style>${new Markup(STYLE)}</style>
      </head>
      <body>
        <header>
          <h1>Answers to ${set.name}</h1>
          <p>
            ${documentsOf(run)}, ${set.questions}
            questions${
              set.removed === 0 ? '' : markup`, ${set.removed} of them asked again with their documents out of reach`
            }${set.about === undefined ? '' : markup`; only those about <code>${set.about}</code>`}.
          </p>
          <p class="soft">
            Evident ${run.version}, ${run.at.replace('T', ' ').slice(0, 16)} UTC. Answers by ${writersOf(run)}; passages
            by ${configuration.embedding};
            ${
              configuration.threshold === null
                ? 'abstaining as calibrated'
                : `abstaining below ${configuration.threshold}`
            }${configuration.strict ? '; unsupported sentences dropped' : ''}${
              configuration.generalKnowledge ? '; answers without evidence allowed' : ''
            }.
          </p>
        </header>
        <main>
          ${tiles(run)}
          <h2>Pictures</h2>
          <div class="charts">
            ${figure(reliabilityChart(run), markup`<b>Reliability.</b> On the dashed line confidence is the share of right answers; under it answers are surer than they are right. Bars are 95 % intervals, a large point has many answers.`)}
            ${figure(riskChart(run), markup`<b>Risk and coverage.</b> How many answers are wrong where only the surest are given. The line ends where the service abstained.`)}
            ${figure(
              confidenceChart(answers),
              markup`<b>Confidence.</b> <span class="key good"></span>right <span class="key poor"></span>wrong or
                withheld though the documents answer <span class="key nothing"></span>nothing answers, below the line.`,
            )}
            ${figure(latencyChart(answers), markup`<b>Time.</b> <span class="key first"></span>first word <span class="key second"></span>whole answer (dashed), from the request on.`)}
          </div>
          <h2>Figures</h2>
          ${measuresTable(run)} ${comparison === undefined ? '' : comparisonSection(comparison)}
          ${run.injections === undefined ? '' : plantedSection(run.injections)} ${casesSection(run.worst)}
        </main>
      </body>
    </html>`
  return page.text
}

const figure = (picture: Markup, caption: Markup): Markup =>
  markup`<figure>
    ${picture}
    <figcaption>${caption}</figcaption>
  </figure>`

const documentsOf = ({ set }: AnswerRun): string =>
  set.documents === null ? 'The documents of the service' : `${set.documents} documents`

const writersOf = ({ configuration: { writers } }: AnswerRun): string =>
  writers
    .map(({ model, provider, answers }) =>
      model === '' ? `nobody (${answers} failed)` : `${model} of ${provider} (${answers})`,
    )
    .join(', ')
