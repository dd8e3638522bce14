// Small made-up files of several types, each with a word that no other file has.
import { strToU8, zipSync } from 'fflate'
import { PDFDocument, StandardFonts } from 'pdf-lib'

export interface MadeFile {
  readonly name: string
  /** In this file only, and not a word of any language. */
  readonly word: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

const SUBJECTS = ['lighthouse', 'orchard', 'printing press', 'glacier', 'beehive', 'canal lock', 'observatory']
const PLACES = ['Aldermoor', 'Brenthaven', 'Castellara', 'Dunwick', 'Eskholm', 'Farrowgate', 'Glenmarch']

/** Consonant-vowel pairs from the digits of the number: `bakibado…`, pronounceable and unique. */
export function uniqueWord(n: number): string {
  const digits = (n + 10_000).toString().split('').map(Number)
  return `q${digits.map((digit) => 'bdfgklmnpr'.charAt(digit) + 'aeiou'.charAt(digit % 5)).join('')}x`
}

function paragraphs(n: number, word: string): string[] {
  const subject = SUBJECTS[n % SUBJECTS.length] ?? ''
  const place = PLACES[Math.floor(n / SUBJECTS.length) % PLACES.length] ?? ''
  return [
    `Report ${n} describes the ${subject} of ${place}, which its keepers call ${word}.`,
    `The ${subject} was built in ${1700 + (n % 300)} and repaired after the flood. It stands ${20 + (n % 70)} metres high.`,
    `Visitors reach ${place} by the coast road; the keepers of ${word} open its doors in summer only.`,
  ]
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

async function pdf(lines: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const document = await PDFDocument.create()
  const page = document.addPage([595, 842])
  const font = await document.embedFont(StandardFonts.Helvetica)
  let y = 780
  for (const line of lines) {
    page.drawText(line, { x: 50, y, size: 12, font, maxWidth: 495, lineHeight: 16 })
    y -= 60
  }
  return new Uint8Array(await document.save())
}

function docx(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const body = lines.map((line) => `<w:p><w:r><w:t>${escape(line)}</w:t></w:r></w:p>`).join('')
  const part = (type: string): string => `application/vnd.openxmlformats-officedocument.wordprocessingml.${type}+xml`
  return new Uint8Array(
    zipSync({
      '[Content_Types].xml': strToU8(
        '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
          '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
          `<Override PartName="/word/document.xml" ContentType="${part('document.main')}"/></Types>`,
      ),
      '_rels/.rels': strToU8(
        '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' +
          '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
      ),
      'word/document.xml': strToU8(
        '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">' +
          `<w:body>${body}</w:body></w:document>`,
      ),
    }),
  )
}

export async function makeFile(n: number): Promise<MadeFile> {
  const word = uniqueWord(n)
  const lines = paragraphs(n, word)
  const text = (value: string): Uint8Array<ArrayBuffer> => new Uint8Array(strToU8(value))
  const name = `report-${String(n).padStart(4, '0')}`
  switch (n % 5) {
    case 0:
      return { name: `${name}.pdf`, word, bytes: await pdf(lines) }
    case 1:
      return { name: `${name}.docx`, word, bytes: docx(lines) }
    case 2: {
      const body = lines.map((line) => `<p>${escape(line)}</p>`).join('\n')
      const html = `<!doctype html><html lang="en"><head><title>Report ${n}</title></head><body><article><h1>Report ${n}</h1>${body}</article></body></html>`
      return { name: `${name}.html`, word, bytes: text(html) }
    }
    case 3:
      return { name: `${name}.md`, word, bytes: text(`# Report ${n}\n\n${lines.join('\n\n')}\n`) }
    default:
      return { name: `${name}.txt`, word, bytes: text(`${lines.join('\n\n')}\n`) }
  }
}

export const makeFiles = (count: number): Promise<MadeFile[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => makeFile(n)))
