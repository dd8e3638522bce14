import assert from 'node:assert/strict'
import { test } from 'node:test'
import { degrees, PDFDocument, StandardFonts } from 'pdf-lib'
import { readHere } from '../files.fixture.ts'

interface Drawn {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly size?: number
  readonly rotate?: number
}

const pdfOf = async (...pages: readonly (readonly Drawn[])[]): Promise<Uint8Array> => {
  const document = await PDFDocument.create()
  document.setTitle('A paper')
  const font = await document.embedFont(StandardFonts.Helvetica)
  for (const drawn of pages) {
    const page = document.addPage([600, 800])
    for (const { text, x, y, size = 10, rotate = 0 } of drawn)
      page.drawText(text, { x, y, size, font, rotate: degrees(rotate) })
  }
  return document.save()
}

const lines = (x: number, top: number, ...texts: readonly string[]): Drawn[] =>
  texts.map((text, index) => ({ text, x, y: top - index * 12 }))

test('pages, headings by size, paragraphs joined with hyphens, boxes', async () => {
  const file = await pdfOf(
    [
      { text: 'Introduction', x: 50, y: 750, size: 16 },
      ...lines(50, 700, 'The experi-', 'ment was made in', 'two parts.'),
      ...lines(50, 640, 'Another paragraph.'),
    ],
    lines(50, 700, 'On the second page.'),
  )
  const read = await readHere(file, 'a.pdf')
  assert.deepEqual(
    read.blocks.map((block) => [block.kind, block.page, block.kind === 'table' ? '' : block.text]),
    [
      ['heading', 1, 'Introduction'],
      ['text', 1, 'The experiment was made in two parts.'],
      ['text', 1, 'Another paragraph.'],
      ['text', 2, 'On the second page.'],
    ],
  )
  assert.equal(read.properties.title, 'A paper')
  assert.equal(read.properties.pages, 2)
  const [left, top, right, bottom] = read.blocks[1]?.box ?? []
  assert.ok(
    left === 50 &&
      (top ?? 0) > 85 &&
      (top ?? 0) < 105 &&
      (right ?? 0) > 100 &&
      (bottom ?? 0) > 120 &&
      (bottom ?? 0) < 130,
  )
})

test('columns are read one after the other, also when drawn line by line', async () => {
  const left = lines(
    50,
    700,
    ...Array.from({ length: 8 }, (_, index) => `left column has its line ${index} of prose here,`),
  )
  const right = lines(
    320,
    700,
    ...Array.from({ length: 8 }, (_, index) => `right column has its line ${index} of prose here,`),
  )
  for (const drawn of [[...left, ...right], left.flatMap((line, index) => [right[index] ?? line, line])]) {
    const { text } = await readHere(await pdfOf(drawn), 'a.pdf')
    assert.ok(text.indexOf('left column has its line 7') < text.indexOf('right column has its line 0'), text)
    assert.ok(text.indexOf('left column has its line 0') < text.indexOf('left column has its line 7'), text)
  }
})

test('rows of cells that stand under each other are a table', async () => {
  const row = (y: number, ...cells: readonly string[]): Drawn[] =>
    cells.map((text, index) => ({ text, x: 50 + index * 150, y }))
  const read = await readHere(
    await pdfOf([
      ...row(700, 'City', 'Country', 'People'),
      ...row(685, 'Oslo', 'Norway', '709'),
      ...row(670, 'Turku', 'Finland', '195'),
    ]),
    'a.pdf',
  )
  const table = read.blocks[0]
  assert.ok(table?.kind === 'table')
  assert.deepEqual(table.rows, [
    ['City', 'Country', 'People'],
    ['Oslo', 'Norway', '709'],
    ['Turku', 'Finland', '195'],
  ])
  assert.equal(table.headerRows, 1)
})

test('turned text is read along its own direction', async () => {
  const { text } = await readHere(
    await pdfOf([
      { text: 'Upright words.', x: 50, y: 700 },
      { text: 'Words that', x: 500, y: 100, rotate: 90 },
      { text: 'go upwards', x: 512, y: 100, rotate: 90 },
    ]),
    'a.pdf',
  )
  assert.match(text, /Upright words\.\nWords that go upwards/)
})

test('a scan without text says so, a page without text is named', async () => {
  await assert.rejects(readHere(await pdfOf([]), 'a.pdf'), { code: 'document_empty', message: /OCR/ })
  assert.match(
    (await readHere(await pdfOf(lines(50, 700, 'Words.'), []), 'a.pdf')).warnings.join(),
    /Pages without text \(images only\): 2/,
  )
})

test('damaged files are refused', async () => {
  await assert.rejects(readHere('%PDF-1.7\nnothing that follows is a PDF', 'a.pdf'), { code: 'document_corrupt' })
})
