import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PDFDocument } from 'pdf-lib'
import { docxAround, epubOf, oleWith, openDocument, readHere, zip } from './files.fixture.ts'
import { createDocumentReader } from './reader.ts'
import { parserForMediaType, PARSERS } from './registry.ts'
import { decodeText } from './text.ts'

const PNG = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
)
const random = Uint8Array.from({ length: 2_000 }, (_, index) => (index * 7_919 + (index >> 3) * 31) % 256)
const docx = docxAround('<w:p><w:r><w:t>Words</w:t></w:r></w:p>')
const plainZip = zip({ 'a.txt': 'hello', 'b.txt': 'there' })

test('a name that claims another type than the content is refused by its own error', async () => {
  const pdf = await (await PDFDocument.create()).save()
  for (const [bytes, name] of [
    [plainZip, 'a.pdf'],
    [pdf, 'a.txt'],
    [pdf, 'a.docx'],
    [docx, 'a.pdf'],
    [docx, 'a.xlsx'],
    [PNG, 'a.pdf'],
    [PNG, 'a.md'],
    [random, 'a.txt'],
    [random, 'a.json'],
    ['Just words.', 'a.pdf'],
    ['<html><body>x</body></html>', 'a.docx'],
    ['Just words.', 'a.png'],
    [plainZip, 'a.docx'],
  ] as const) {
    await assert.rejects(
      readHere(bytes, name),
      { code: 'document_type_mismatch', message: new RegExp(`named ${name.slice(1)} but holds`) },
      name,
    )
  }
})

test('content decides where the name says nothing or a sister type', async () => {
  for (const [bytes, name, parser] of [
    [docx, 'a', 'docx'],
    [docx, 'a.unknown', 'docx'],
    [docx, 'a.doc', 'docx'],
    [docx, 'A.DOCX', 'docx'],
    [openDocument('text', '<text:p>x</text:p>'), 'a', 'odt'],
    [epubOf({ one: '<p>x</p>' }), 'a', 'epub'],
    ['{\\rtf1 hi}', 'a.doc', 'rtf'],
    ['<html><body><table><tr><td>a<td>b<tr><td>1<td>2</table></body></html>', 'a.xls', 'html'],
    ['a\tb\n1\t2\n', 'a.xls', 'csv'],
    ['<!DOCTYPE html><p>x', 'a', 'html'],
    ['{"a":1}', 'a', 'json'],
    ['{"a":1}\n{"a":2}', 'a', 'json'],
    ['<?xml version="1.0"?><a>x</a>', 'a', 'xml'],
    ['From: a@b.c\nTo: d@e.f\nSubject: s\n\nbody', 'a', 'eml'],
    ['Note: this is no mail\n\nbody', 'a', 'text'],
    ['BM is how this text begins', 'a', 'text'],
    ['MZ, PK and GIF89a are letters', 'a.txt', 'text'],
    ['{"truncated": [1, 2', 'a.json', 'text'],
    ['not xml at all', 'a.xml', 'text'],
  ] as const) {
    assert.equal((await readHere(bytes, name)).parser, parser, name)
  }
  assert.match((await readHere('{"truncated": [1, 2', 'a.json')).warnings.join(), /not valid JSON/)
})

test('what cannot be read says what to convert it to', async () => {
  for (const [bytes, name, advice] of [
    [plainZip, 'a.zip', /Unpack/],
    [oleWith('Workbook'), 'a.xls', /XLSX or CSV/],
    [oleWith('PowerPoint Document'), 'a.ppt', /PPTX or PDF/],
    [Buffer.concat([Buffer.from('000000186674797068656963', 'hex'), Buffer.alloc(40)]), 'a.heic', /JPEG or PNG/],
    [Buffer.concat([Buffer.from('GIF89a'), random]), 'a.gif', /PNG or JPEG/],
    [Buffer.concat([Buffer.from('ID3'), Buffer.alloc(4), random]), 'a.mp3', /transcript/],
    [random, 'a.bin', /Export it/],
  ] as const) {
    await assert.rejects(readHere(bytes, name), { code: 'unsupported_media_type', message: advice }, name)
  }
})

test('empty, protected and damaged files each have their error', async () => {
  await assert.rejects(readHere('', 'a.pdf'), { code: 'document_empty' })
  await assert.rejects(readHere(' \n\t\u00a0\n', 'a.txt'), { code: 'document_empty', message: /white space/ })
  await assert.rejects(readHere(docxAround('<w:p/>'), 'a.docx'), { code: 'document_empty' })
  await assert.rejects(readHere('<html><body><script>1</script></body></html>', 'a.html'), { code: 'document_empty' })
  await assert.rejects(readHere(oleWith('EncryptionInfo', 'EncryptedPackage'), 'a.xlsx'), {
    code: 'document_encrypted',
  })
  const locked = zip({
    mimetype: 'application/vnd.oasis.opendocument.text',
    'META-INF/manifest.xml': '<m><manifest:encryption-data/></m>',
  })
  await assert.rejects(readHere(locked, 'a.odt'), { code: 'document_encrypted' })
  await assert.rejects(readHere(docx.subarray(0, docx.length - 40), 'a.docx'), { code: 'document_corrupt' })
  await assert.rejects(readHere(random, 'a.pdf'), { code: 'document_corrupt' })
  // Readers of old formats loop on broken directories: that is what the process around them is for.
  const reader = createDocumentReader({ timeoutMs: 10_000, heapMb: 128 })
  for (const [stream, name] of [
    ['WordDocument', 'a.doc'],
    ['__properties_version1.0', 'a.msg'],
  ] as const) {
    await assert.rejects(reader.read(oleWith(stream), name), (error: Error & { code?: string }) =>
      /^document_(corrupt|empty|too_complex)$/.test(error.code ?? ''),
    )
  }
  await reader.close()
})

test('text in any common encoding', async () => {
  const german = 'Die Größe der Häuser überrascht viele Gäste, die früher über schöne Straßen nach Köln führen.'
  const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))
  const utf16 = (text: string, big: boolean, mark: boolean): Uint8Array => {
    const bytes = Buffer.from(mark ? `\ufeff${text}` : text, 'utf16le')
    return big ? bytes.swap16() : bytes
  }
  const utf32 = (text: string): Uint8Array => {
    const points = [0xfeff, ...Array.from(text, (char) => char.codePointAt(0) ?? 0)]
    return new Uint8Array(Uint32Array.from(points).buffer)
  }
  for (const [bytes, expected, encoding] of [
    [Buffer.from(german), german, 'utf-8'],
    [Buffer.from(`\ufeff${german}`), german, 'utf-8'],
    [utf16(german, false, true), german, 'utf-16le'],
    [utf16(german, true, true), german, 'utf-16be'],
    [utf16(german, false, false), german, 'utf-16le'],
    [utf16(german, true, false), german, 'utf-16be'],
    [utf32(german), german, 'utf-32le'],
    [latin1(german), german, undefined],
    [latin1('k\u00f6nnen'), 'können', undefined],
    [Uint8Array.of(0x93, 0x48, 0x69, 0x94, 0x20, 0x80), '“Hi” €', 'windows-1252'],
    [
      Buffer.from(
        '93fa967b8cea82cc8365834c8358836782f093c782de82b182c682aa82c582ab82dc82b781428365835883678366815b835e82c582b78142',
        'hex',
      ),
      '日本語のテキストを読むことができます。テストデータです。',
      'Shift_JIS',
    ],
  ] as const) {
    const decoded = await decodeText(bytes)
    assert.equal(decoded?.text, expected)
    if (encoding !== undefined) assert.equal(decoded?.encoding, encoding)
  }
  assert.equal(await decodeText(random), undefined)
  assert.equal(await decodeText(PNG), undefined)
})

test('each parser says clearly which types and names it reads', () => {
  const ids = PARSERS.map((parser) => parser.id)
  assert.equal(new Set(ids).size, ids.length)
  const extensions = PARSERS.flatMap((parser) => parser.extensions)
  assert.equal(new Set(extensions).size, extensions.length)
  for (const parser of PARSERS) {
    for (const extension of parser.extensions) assert.match(extension, /^\.[a-z0-9]+$/)
    for (const mediaType of parser.mediaTypes) assert.equal(parserForMediaType(mediaType), parser)
  }
})
