/**
 * Questions of XQuAD (English) through the answer pipeline, with the question's paragraph present, removed, and with
 * the answer's sentences cut out of it. Prints the figures of the even (tuned) and the odd (reported) articles and
 * writes them to .bench/answers.json. `--set xquad-de`, `--model multilingual-e5-small`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureAnswers } from './answer-quality.ts'
import type { Figures } from './answer-quality.ts'
import { loadXquad, openEmbedder } from './xquad.ts'

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'xquad-en' },
    model: { type: 'string', default: 'bge-small-en-v1.5' },
  },
})
const embedder = await openEmbedder(values.model)
const xquad = await loadXquad(embedder, values.set)
const report = {
  set: values.set,
  model: embedder.id,
  even: await measureAnswers(xquad, 'even'),
  odd: await measureAnswers(xquad, 'odd'),
}
await embedder.close()

const rows: [string, (figures: Figures) => number][] = [
  ['questions', (f) => f.questions],
  ['gold inside, at the threshold', (f) => f.goldAtThreshold],
  ['gold inside, without threshold', (f) => f.goldWithoutThreshold],
  ['gold in the first sentence shown', (f) => f.goldFirst],
  ['right among the answered', (f) => f.rightAmongAnswered],
  ['sentences an answer', (f) => f.sentences],
  ['words an answer', (f) => f.words],
  ['abstains: own', (f) => f.abstains.own],
  ['abstains: removed', (f) => f.abstains.removed],
  ['abstains: cut', (f) => f.abstains.cut],
  ['AUROC against removed', (f) => f.auroc.removed],
  ['AUROC against cut', (f) => f.auroc.cut],
  ['calibration error, own and cut', (f) => f.calibrationError],
  ['calibration error, own and removed', (f) => f.calibrationErrorRemoved],
  ['calibration error, half own', (f) => f.calibrationErrorMix],
  ['calibration error, a third own', (f) => f.calibrationErrorThirds],
  ['citations', (f) => f.citations],
  ['citations with slice === quote', (f) => f.exactQuotes],
  ['sentences verified as supported', (f) => f.supported],
  ['answers without citation', (f) => f.uncited],
  ['high confidence: share', (f) => f.high.share],
  ['high confidence: right, own and cut', (f) => f.high.right],
  ['ms a question (vectors remembered)', (f) => f.milliseconds],
]
console.log(`${values.set}, ${values.model}`.padEnd(40), 'even'.padStart(9), 'odd'.padStart(9))
for (const [name, read] of rows) {
  const show = (figures: Figures): string => {
    const value = read(figures)
    return (Number.isInteger(value) ? String(value) : value.toFixed(3)).padStart(9)
  }
  console.log(name.padEnd(40), show(report.even), show(report.odd))
}
for (const [name, [from, to]] of Object.entries(report.odd.intervals)) {
  console.log(`odd, 95 % by articles: ${name} ${from.toFixed(3)} to ${to.toFixed(3)}`)
}
console.log('\nconfidence said -> right (own twice, removed, cut)')
for (const half of ['even', 'odd'] as const) {
  const bins = report[half].reliability.map((bin) => `${bin.said.toFixed(2)}->${bin.right.toFixed(2)} (${bin.count})`)
  console.log(half.padEnd(5), bins.join('  '))
}
mkdirSync(join(import.meta.dirname, '../.bench'), { recursive: true })
writeFileSync(join(import.meta.dirname, '../.bench/answers.json'), `${JSON.stringify(report, null, 2)}\n`)
