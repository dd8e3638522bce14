import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zipSync } from 'fflate'
import { createDocumentReader } from './reader.ts'
import { docxAround, readHere, zip } from './files.fixture.ts'

const tooComplex = { code: 'document_too_complex' }

test('a container that inflates beyond the limit is refused, whatever sizes it states', async () => {
  await assert.rejects(readHere(docxAround('<w:p/>'), 'a.docx', { containerEntries: 1 }), tooComplex)
  const packedZeros = (size: number): Uint8Array =>
    zipSync(
      {
        '[Content_Types].xml': new TextEncoder().encode('<Types>wordprocessingml</Types>'),
        'word/document.xml': new Uint8Array(size),
      },
      { level: 9 },
    )
  const packed = packedZeros(20_000_000)
  assert.ok(packed.length < 50_000)
  await assert.rejects(readHere(packed, 'a.docx', { inflatedBytes: 10_000_000 }), tooComplex)
  await assert.rejects(readHere(packedZeros(40_000_000), 'a.docx'), tooComplex, 'by its ratio')
  // The same with sizes that say 100 bytes.
  const lying = Buffer.from(packed)
  for (let at = 0; at < lying.length - 46; at += 1)
    if (lying.readUInt32LE(at) === 0x02014b50) lying.writeUInt32LE(100, at + 24)
  await assert.rejects(readHere(lying, 'a.docx', { inflatedBytes: 10_000_000 }), tooComplex)
})

test('entities are not expanded, neither inside the file nor from others', async () => {
  const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, level) => `<!ENTITY lol${level + 1} "${`&lol${level === 0 ? '' : level};`.repeat(10)}">`).join('')}]><lolz>&lol9;</lolz>`
  assert.equal((await readHere(laughs, 'a.xml')).text, 'lolz: &lol9;')
  const external = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>before &x; after</a>'
  const read = await readHere(external, 'a.xml')
  assert.equal(read.text, 'a: before &x; after')
  assert.match(read.warnings.join(), /not expanded/)
  const office = docxAround('<w:p><w:r><w:t>x</w:t></w:r></w:p>', {
    'docProps/core.xml':
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><cp:coreProperties><dc:title>&x;</dc:title></cp:coreProperties>',
  })
  assert.equal((await readHere(office, 'a.docx')).properties.title, '&x;')
})

test('deep nesting ends in text or in its own error', async () => {
  const deep = 100_000
  await assert.rejects(readHere(`${'['.repeat(deep)}${']'.repeat(deep)}`, 'a.json'), tooComplex)
  await assert.rejects(readHere(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`, 'a.json'), tooComplex)
  await assert.rejects(readHere(`<a>${'<b>'.repeat(deep)}x${'</b>'.repeat(deep)}</a>`, 'a.xml'), tooComplex)
  await assert.rejects(readHere(`{\\rtf1 ${'{'.repeat(deep)}x${'}'.repeat(deep)}}`, 'a.rtf'), tooComplex)
  await assert.rejects(readHere(`${'>'.repeat(deep)} x`, 'a.md'), tooComplex)
  for (const tag of ['div', 'b', 'ul><li', 'table><tr><td', 'blockquote']) {
    const close = tag
      .split('><')
      .toReversed()
      .map((name) => `</${name}>`)
      .join('')
    const read = await readHere(
      `<html><body><p>before</p>${`<${tag}>`.repeat(deep)}deep${close.repeat(deep)}<p>after</p></body></html>`,
      'a.html',
    )
    assert.match(read.text, /before[^]*deep[^]*after/, tag)
  }
})

test('input that makes careless patterns slow is read in time', async () => {
  const reader = createDocumentReader({ timeoutMs: 20_000 })
  const size = 300_000
  for (const [name, source] of [
    ['a.html', `<html><body><p>${'<'.repeat(size)}</p></body></html>`],
    ['a.html', `<html><body><p>x</p>${'<!--'.repeat(size / 4)}`],
    ['a.html', `<html><body><p>x ${'&'.repeat(size)}</p>`],
    ['a.html', `<html><body><p>${' \n'.repeat(size / 2)}x</p>`],
    ['a.html', `<html><body>x${'<script'.repeat(size / 7)}`],
    ['a.md', `x ${'['.repeat(20_000)}`],
    ['a.md', 'a'.repeat(size)],
    ['a.csv', `"${'a,'.repeat(size / 2)}"`],
    ['a.csv', '"'.repeat(size)],
    ['a.txt', `x${' \n'.repeat(size / 2)}`],
    ['a.rst', `Title\n${'='.repeat(size)}\n`],
    ['a.rtf', `{\\rtf1 ${"\\'e9".repeat(size / 4)}}`],
    ['a.xml', `<a ${'b="c" '.repeat(20_000)}>x</a>`],
    ['a.eml', `From: a@b.c\nSubject: ${'=?utf-8?q?a?= '.repeat(10_000)}\n\nbody`],
    ['a', 'from: '.repeat(size / 6)],
  ] as const) {
    const document = await reader.read(new TextEncoder().encode(source), name)
    assert.ok(document.blocks.length > 0, name)
  }
  await reader.close()
})

test('tables and texts beyond the limits are refused', async () => {
  await assert.rejects(readHere('a,b\n'.repeat(60_000), 'a.csv', { characters: 100_000 }), tooComplex)
  await assert.rejects(readHere('x\n\n'.repeat(2_000), 'a.txt', { blocks: 1_000 }), tooComplex)
  const spans = `<html><body><table>${'<tr><td rowspan="65534" colspan="65534">x</td><td>y</td></tr>'.repeat(50)}</table></body></html>`
  assert.ok((await readHere(spans, 'a.html')).text.length < 2_000_000)
  const repeated = zip({
    mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
    'content.xml':
      '<office:body><office:spreadsheet><table:table><table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>',
  })
  assert.ok((await readHere(repeated, 'a.ods')).text.length < 1_000_000)
})
