/**
 * How many planted instructions are found, by the place that they stand in, and how often ordinary text is taken for one,
 * with 95 % intervals (Wilson): those of `adversarial-injection` and some of our own, each in ten paragraphs of XQuAD.
 * The rules were made with the former in sight and with half of the texts; `--tuning` shows these alone, and what of them
 * is judged wrongly. On the others nothing may be tuned. Writes .bench/injections.json.
 */
import { parseArgs } from 'node:util'
import type { ChunkId, DocumentId } from '../src/core/ids.ts'
import type { Evidence } from '../src/core/ports/language-models.ts'
import { isForModel, reportInstructions } from '../src/features/answering/found-instructions.ts'
import type { DocumentLabels, FoundInstruction } from '../src/features/answering/found-instructions.ts'
import { files, givenAttacks, hasAttacks, ownAttacks, paragraphs, webPages } from './injection-texts.ts'
import type { OrdinaryPassage } from './injection-texts.ts'
import { report } from './report.ts'
import type { Row } from './report.ts'
import { wilson } from './wilson.ts'

const { values } = parseArgs({ options: { tuning: { type: 'boolean', default: false } } })

/** An answer from one passage. */
function reported({ title, context, text }: Omit<OrdinaryPassage, 'tuning'>, labels: Partial<DocumentLabels> = {}) {
  const documentId = 'one' as DocumentId
  const part = { chunkId: 1 as ChunkId, context, page: null, start: 0, end: text.length, rank: 0 }
  const own = { number: 1, documentId, version: 1, title, start: 0, end: text.length, text, sentences: [] }
  const evidence: Evidence = { ...own, parts: [part] }
  return reportInstructions([evidence], [{ documentId, title, fileName: null, metadata: {}, isWeb: false, ...labels }])
}

const HOSTS_OF_ATTACK = 10

/** At a tenth of the text, two tenths, … as a sentence of its own. */
function within(text: string, instruction: string, tenth: number): string {
  const at = text.indexOf('. ', (text.length * tenth) / HOSTS_OF_ATTACK)
  return at === -1 ? `${text} ${instruction}` : `${text.slice(0, at + 1)} ${instruction} ${text.slice(at + 2)}`
}

type Place = (host: OrdinaryPassage, instruction: string, nth: number) => readonly FoundInstruction[]
const PLACES: Readonly<Record<string, Place>> = {
  text: (host, instruction, nth) => reported({ ...host, text: within(host.text, instruction, nth) }),
  heading: (host, instruction) => reported({ ...host, context: instruction }),
  title: (host, instruction) => reported({ ...host, title: instruction }, { title: instruction }),
  'file name': (host, instruction) =>
    reported(host, { fileName: `${instruction.replaceAll(/[^\p{L}\p{N}',.]+/gu, '_')}.txt` }),
  metadata: (host, instruction) => reported(host, { metadata: { note: instruction } }),
}

if (hasAttacks) {
  const rows: Row[] = []
  const figures: Record<string, { readonly found: number; readonly of: number }> = {}
  const add = (name: string, found: number, of: number, more = ''): void => {
    figures[name] = { found, of }
    rows.push([name, `${String(of).padStart(5)}  ${wilson(found, of)}${more}`])
  }
  const given = { 'as given': await givenAttacks() }
  const attacks = values.tuning ? given : { ...given, 'of our own': await ownAttacks() }
  const hosts = (await paragraphs('xquad-en')).filter(({ tuning }) => tuning === values.tuning)
  for (const [which, instructions] of Object.entries(attacks)) {
    for (const [name, plant] of Object.entries(PLACES)) {
      let found = 0
      const missed = new Map<string, number>()
      for (const [i, { instruction }] of instructions.entries()) {
        for (let nth = 0; nth < HOSTS_OF_ATTACK; nth++) {
          const host = hosts[(i * 7 + nth * 13) % hosts.length]
          if (host !== undefined && plant(host, instruction, nth).length > 0) found++
          else missed.set(instruction, (missed.get(instruction) ?? 0) + 1)
        }
      }
      add(`found, ${which}, in ${name}`, found, instructions.length * HOSTS_OF_ATTACK)
      if (values.tuning)
        for (const [instruction, times] of missed) console.log(`${name}, not found ${times}x: ${instruction}`)
    }
  }

  const sets: Readonly<Record<string, () => Promise<OrdinaryPassage[]>>> = {
    'xquad-en': () => paragraphs('xquad-en'),
    'xquad-de': () => paragraphs('xquad-de'),
    'xquad-es': () => paragraphs('xquad-es'),
    scifact: () => paragraphs('scifact'),
    'html-scrapinghub': webPages,
    'docs-unstructured': files,
  }
  for (const [name, read] of Object.entries(sets)) {
    const passages = (await read()).filter(({ tuning }) => tuning === values.tuning)
    const before = process.cpuUsage()
    const found = passages.map((passage) => reported(passage))
    const { user, system } = process.cpuUsage(before)
    const alarms = found.filter((own) => own.length > 0).length
    const surely = found.filter((own) => own.some(isForModel)).length
    const cost = `  ${((user + system) / 1000 / passages.length).toFixed(2)} ms a passage`
    add(`false alarms, ${name}, passages`, alarms, passages.length, `, of them ${surely} as for a model${cost}`)
    if (values.tuning)
      for (const { kind, where, quote } of found.flat())
        console.log(`${name}: ${kind} (${where}): ${quote.slice(0, 160)}`)
  }
  await report('injections', rows, { tuning: values.tuning, figures })
} else console.log('Skipped: there is no adversarial-injection.')
