/**
 * How well the main text of web pages is found, and how fast, beside the raw text and Readability alone:
 *
 *   node bench/main-text.ts
 */
import { FOLDER, hasPages, measureMainText, METHODS } from './html-scrapinghub.ts'
import { report } from './report.ts'

if (hasPages) {
  const HALVES = ['tuned on', 'held out'] as const
  const figures = await measureMainText(HALVES)
  const rows = HALVES.flatMap((half) =>
    METHODS.map((method) => {
      const { f1, precision, recall, milliseconds } = figures[half][method]
      return [
        `${half}, ${method}`,
        `F1 ${f1.toFixed(4)}  precision ${precision.toFixed(4)}  recall ${recall.toFixed(4)}  ${Math.round(milliseconds)} ms`,
      ] as const
    }),
  )
  await report('main-text', rows, { figures })
} else console.log(`Skipped: there is no ${FOLDER}.`)
