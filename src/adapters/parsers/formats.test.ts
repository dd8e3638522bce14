import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Document, Footer, Header, HeadingLevel, Packer, Paragraph, Table, TableCell, TableRow, TextRun } from 'docx'
import { strToU8 } from 'fflate'
import pptxgen from 'pptxgenjs'
import { docxAround, epubOf, openDocument, readHere, zip } from './files.fixture.ts'

test('DOCX: headings, lists, tables, headers and footers', async () => {
  const cell = (text: string): TableCell => new TableCell({ children: [new Paragraph(text)] })
  const file = await Packer.toBuffer(
    new Document({
      title: 'Report',
      creator: 'A. Writer',
      sections: [
        {
          headers: { default: new Header({ children: [new Paragraph('Confidential')] }) },
          footers: { default: new Footer({ children: [new Paragraph('Company Ltd.')] }) },
          children: [
            new Paragraph({ text: 'Findings', heading: HeadingLevel.HEADING_2 }),
            new Paragraph({ children: [new TextRun('Bold '), new TextRun({ text: 'words', bold: true })] }),
            new Paragraph({ text: 'first', bullet: { level: 0 } }),
            new Paragraph({ text: 'inner', bullet: { level: 1 } }),
            new Table({
              rows: [
                new TableRow({ tableHeader: true, children: [cell('Name'), cell('Sum')] }),
                new TableRow({ children: [cell('Oslo'), cell('12')] }),
              ],
            }),
          ],
        },
      ],
    }),
  )
  const read = await readHere(file, 'report.docx')
  assert.equal(read.parser, 'docx')
  assert.equal(read.properties.title, 'Report')
  assert.deepEqual(read.blocks, [
    { kind: 'text', text: 'Confidential' },
    { kind: 'heading', level: 2, text: 'Findings' },
    { kind: 'text', text: 'Bold words' },
    { kind: 'text', text: '- first\n  - inner' },
    {
      kind: 'table',
      rows: [
        ['Name', 'Sum'],
        ['Oslo', '12'],
      ],
      headerRows: 1,
    },
    { kind: 'text', text: 'Company Ltd.' },
  ])
})

test('DOCX: pages, merged cells, deleted text, fields and text boxes', async () => {
  const read = await readHere(
    docxAround(
      '<w:p><w:r><w:t>One</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>' +
        '<w:p><w:r><w:lastRenderedPageBreak/><w:t xml:space="preserve">Two </w:t></w:r><w:r><w:instrText>PAGE</w:instrText><w:t>&amp; more</w:t></w:r></w:p>' +
        '<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>' +
        '<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr>' +
        '<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc></w:tr></w:tbl>',
    ),
    'x.docx',
  )
  assert.deepEqual(
    read.blocks.map((block) => [block.page, block.kind === 'table' ? block.rows : block.text]),
    [
      [1, 'One'],
      [2, 'Two & more'],
      [2, 'In a box'],
      [
        2,
        [
          ['a', 'b'],
          ['a', 'c'],
        ],
      ],
    ],
  )
})

test('PPTX: slides are pages, titles headings, tables tables, notes kept', async () => {
  // The package's types describe a default export that Node's modules do not give.
  const Presentation = pptxgen as unknown as typeof pptxgen.default
  const deck = new Presentation()
  const first = deck.addSlide()
  first.addText('Results of the year', { placeholder: 'title' })
  first.addText('Sales went up')
  first.addNotes('Say thanks')
  const second = deck.addSlide()
  second.addTable([
    [{ text: 'City' }, { text: 'People' }],
    [{ text: 'Bergen' }, { text: '285' }],
  ])
  const file = (await deck.write({ outputType: 'nodebuffer' })) as Buffer
  const read = await readHere(file, 'deck.pptx')
  assert.equal(read.properties.pages, 2)
  assert.ok(read.blocks.some((block) => block.kind === 'text' && block.text === 'Sales went up' && block.page === 1))
  assert.ok(
    read.blocks.some((block) => block.kind === 'text' && block.text === 'Notes: Say thanks' && block.page === 1),
  )
  const table = read.blocks.find((block) => block.kind === 'table')
  assert.deepEqual(table?.rows, [
    ['City', 'People'],
    ['Bergen', '285'],
  ])
  assert.equal(table?.page, 2)
})

test('XLSX: sheets are pages, dates and numbers as shown, titles above the header', async () => {
  const sheet = (rows: string): string =>
    `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>`
  const inline = (at: string, text: string): string => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`
  const file = zip({
    '[Content_Types].xml':
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    '_rels/.rels':
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
    'xl/workbook.xml':
      '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Budget" sheetId="1" r:id="rId1"/><sheet name="Staff" sheetId="2" r:id="rId2"/></sheets></workbook>',
    'xl/styles.xml':
      '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
    'xl/worksheets/sheet1.xml': sheet(
      `<row r="1">${inline('A1', 'Plan for 2024')}</row><row r="2">${inline('A2', 'Item')}${inline('B2', 'Cost')}${inline('C2', 'Due')}</row><row r="3">${inline('A3', 'Paint')}<c r="B3"><v>0.30000000000000004</v></c><c r="C3" s="1"><v>45292</v></c></row>`,
    ),
    'xl/worksheets/sheet2.xml': sheet(
      `<row r="1">${inline('A1', 'Name')}${inline('B1', 'Role')}</row><row r="2">${inline('A2', 'Kim')}${inline('B2', 'Cook')}</row>`,
    ),
  })
  const read = await readHere(file, 'budget.xlsx')
  assert.deepEqual(read.blocks, [
    { kind: 'heading', level: 1, text: 'Budget', page: 1 },
    { kind: 'text', text: 'Plan for 2024', page: 1 },
    {
      kind: 'table',
      rows: [
        ['Item', 'Cost', 'Due'],
        ['Paint', '0.3', '2024-01-01'],
      ],
      headerRows: 1,
      page: 1,
    },
    { kind: 'heading', level: 1, text: 'Staff', page: 2 },
    {
      kind: 'table',
      rows: [
        ['Name', 'Role'],
        ['Kim', 'Cook'],
      ],
      headerRows: 1,
      page: 2,
    },
  ])
})

test('ODT, ODS and ODP', async () => {
  const text = await readHere(
    openDocument(
      'text',
      '<text:h text:outline-level="2">Head</text:h><text:p>A<text:s/>B<text:note><text:note-body><text:p>Note</text:p></text:note-body></text:note></text:p>' +
        '<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>two</text:p></text:list-item></text:list></text:list-item></text:list>' +
        '<table:table><table:table-row><table:table-cell><text:p>k</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"><text:p>v</text:p></table:table-cell></table:table-row></table:table>',
    ),
    'x.odt',
  )
  assert.equal(text.properties.title, 'A title')
  assert.equal(text.text, 'Head\nA B\nNote\n- one\n  - two\nk | v | v')
  const sheet = await readHere(
    openDocument(
      'spreadsheet',
      '<table:table table:name="S"><table:table-row><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row></table:table>',
    ),
    'x.ods',
  )
  assert.deepEqual(
    sheet.blocks.map((block) => block.page),
    [1, 1],
  )
  const slides = await readHere(
    openDocument(
      'presentation',
      '<draw:page><draw:frame><draw:text-box><text:p>Hi</text:p></draw:text-box></draw:frame></draw:page>',
    ),
    'x.odp',
  )
  assert.deepEqual(slides.blocks, [{ kind: 'text', text: 'Hi', page: 1 }])
})

test('EPUB: chapters in the order of the spine, protected ones refused', async () => {
  const read = await readHere(epubOf({ zwei: '<h1>First</h1><p>text</p>', eins: '<h1>Second</h1>' }), 'b.epub')
  assert.equal(read.text, 'First\ntext\nSecond')
  assert.deepEqual(read.properties, { title: 'The Book', language: 'en' })
  const locked = epubOf(
    { one: '<p>x</p>' },
    {
      'META-INF/encryption.xml':
        '<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><CipherData><CipherReference URI="OPS/one.xhtml"/></CipherData></EncryptedData></encryption>',
    },
  )
  await assert.rejects(readHere(locked, 'b.epub'), { code: 'document_encrypted' })
})

test('RTF: code pages, Unicode, headings, tables, skipped groups', async () => {
  const source =
    String.raw`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Times;}}{\stylesheet{\s1 heading 1;}}{\info{\title My text}}{\*\generator Nobody;}
{\pard\s1 Chapter\par}\pard caf\'e9 \u8364? and {\f1\'cf\'f0\'e8\'e2\'e5\'f2} \{braces\}\emdash\par
\trowd a\cell b\cell\row\trowd 1\cell 2\cell\row\pard{\v hidden}{\pict\bin4 ab}}after\par}`.replace(
      String.raw`\bin4 ab}}`,
      '\\bin4 }{}{}',
    )
  const read = await readHere(source, 'x.rtf')
  assert.equal(read.properties.title, 'My text')
  assert.equal(read.text, 'Chapter\ncafé € and Привет {braces}—\na | b\n1 | 2\nafter')
  assert.equal(read.blocks[0]?.kind, 'heading')
})

const mail = (type: string, body: string): string =>
  `From: Ann <ann@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\nDate: Tue, 1 Aug 2023 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\n\r\n${body}`

test('EML: headers, body, attachments read to a depth of two', async () => {
  const inner = mail(
    'multipart/mixed; boundary=i',
    `--i\r\nContent-Type: text/plain\r\n\r\nInner body\r\n--i\r\nContent-Type: text/csv; name="t.csv"\r\nContent-Disposition: attachment; filename="t.csv"\r\n\r\na;b\r\n1;2\r\n--i--`,
  )
  const outer = mail(
    'multipart/mixed; boundary=o',
    `--o\r\nContent-Type: text/plain\r\n\r\nOuter body\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--o\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="x.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from([0, 1, 2, 250, 255, 0, 7]).toString('base64')}\r\n--o--`,
  )
  const read = await readHere(outer, 'm.eml')
  assert.equal(read.properties.title, 'Café')
  assert.match(
    read.text,
    /^Subject: Café\nFrom: Ann <ann@example.org>\nTo: Bob <bob@example.org>\nDate: 2023-08-01T10:00:00.000Z\nOuter body/,
  )
  assert.match(read.text, /Attachment: part-1\.eml[^]*Inner body[^]*Attachment: t\.csv\na \| b\n1 \| 2/)
  assert.match(read.warnings.join(), /x\.bin/)
  const html = await readHere(
    mail('text/html', '<p>Hello</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>'),
    'm.eml',
  )
  assert.equal(html.blocks.at(-1)?.kind, 'table')
  await assert.rejects(readHere(mail('multipart/encrypted; boundary=o', '--o--'), 'm.eml'), {
    code: 'document_encrypted',
  })
})

test('HTML: structure is kept, a plain page gives all of its text', async () => {
  const read = await readHere(
    '<html lang="de"><head><title>T</title><link rel="canonical" href="https://example.org/a"></head><body><h1>Title</h1><p>Para<br>line</p><ul><li>a<ul><li>b</li></ul></li></ul><ol start="3"><li>c</li></ol><pre>  code\n</pre><table><tr><th>k</th><th>v</th></tr><tr><td rowspan=2>x</td><td>1</td></tr><tr><td>2</td></tr></table><script>no()</script></body><footer>End</footer></html>',
    'p.html',
  )
  assert.deepEqual(read.properties, { title: 'T', language: 'de', url: 'https://example.org/a' })
  assert.deepEqual(read.blocks, [
    { kind: 'heading', level: 1, text: 'Title' },
    { kind: 'text', text: 'Para\nline' },
    { kind: 'text', text: '- a\n  - b' },
    { kind: 'text', text: '3. c' },
    { kind: 'code', text: '  code' },
    {
      kind: 'table',
      rows: [
        ['k', 'v'],
        ['x', '1'],
        ['x', '2'],
      ],
      headerRows: 1,
    },
    { kind: 'text', text: 'End' },
  ])
})

test('HTML: an article is freed from what surrounds it', async () => {
  const sentences = (about: string): string =>
    `The ${about} was measured on three days, in three places, by two people who did not know of each other. `.repeat(4)
  const page = `<html><head><title>A study</title></head><body><nav><a href="/">Home</a><a href="/n">News</a></nav><aside><p>Buy our great product now</p></aside><article><p class="byline">By A. Writer</p><p>${sentences('water')}</p><h2>Second part</h2><p>${sentences('air')}</p><figure><img><figcaption>A picture of a lake</figcaption></figure><p><a href="/x">Read more: another study that we did</a></p><p>${sentences('soil')}</p><div class="newsletter-signup"><p>Get our letters every day in your inbox</p></div></article><footer><p>All rights reserved</p></footer></body></html>`
  const read = await readHere(page, 'a.html')
  assert.match(read.text, /^The water[^]*Second part\nThe air[^]*The soil/)
  assert.doesNotMatch(read.text, /Home|great product|Writer|lake|Read more|inbox|rights/)
  assert.equal(read.warnings.length, 1)
})

test('Markdown: GitHub tables, code, nested lists, front matter', async () => {
  const read = await readHere(
    '---\ntitle: Notes\n---\n# Head\n\nA *b* `c`\n\n- x\n  1. y\n\n```js\nlet a\n```\n\n|k|v|\n|-|-|\n|1|2|\n\n<p>html</p>\n',
    'n.md',
  )
  assert.deepEqual(read.properties, { title: 'Notes' })
  assert.deepEqual(
    read.blocks.map((block) => [block.kind, block.kind === 'table' ? block.rows : block.text]),
    [
      ['heading', 'Head'],
      ['text', 'A b c'],
      ['text', '- x\n  1. y'],
      ['code', 'let a'],
      [
        'table',
        [
          ['k', 'v'],
          ['1', '2'],
        ],
      ],
      ['text', 'html'],
    ],
  )
})

test('RST and Org: headings by adornment and stars', async () => {
  const rst = await readHere('=====\nTitle\n=====\n\nSome text.\n\nPart\n----\n\nMore.\n', 'a.rst')
  assert.deepEqual(
    rst.blocks.map((block) =>
      block.kind === 'heading' ? `${block.level} ${block.text}` : block.kind === 'table' ? '' : block.text,
    ),
    ['1 Title', 'Some text.', '2 Part', 'More.'],
  )
  const org = await readHere('#+TITLE: T\n* One\ntext\n** Two\n#+BEGIN_SRC sh\nls\n#+END_SRC\n', 'a.org')
  assert.deepEqual(
    org.blocks.map((block) => block.kind),
    ['heading', 'heading', 'text', 'heading', 'code'],
  )
})

test('CSV: the delimiter is found, quotes are kept together', async () => {
  for (const [name, source] of [
    ['a.csv', 'name,note\nx,"a, b"\ny,c\n'],
    ['a.csv', 'name;note\nx;"a, b"\ny;c\n'],
    ['a.tsv', 'name\tnote\nx\t"a, b"\ny\tc\n'],
    ['a.csv', 'name|note\r\nx|a, b\r\ny|c\r\n'],
    ['a.csv', 'sep=;\nname;note\nx;"a, b"\ny;c\n'],
  ] as const) {
    const read = await readHere(source, name)
    const table = read.blocks[0]
    assert.ok(table?.kind === 'table')
    assert.deepEqual(table.rows.slice(-3), [
      ['name', 'note'],
      ['x', 'a, b'],
      ['y', 'c'],
    ])
  }
})

test('JSON: flat objects are a table, the rest is paths and values', async () => {
  const table = await readHere('[{"a":1,"b":"x"},{"a":2}]', 'a.json')
  assert.deepEqual(table.blocks, [
    {
      kind: 'table',
      rows: [
        ['a', 'b'],
        ['1', 'x'],
        ['2', ''],
      ],
      headerRows: 1,
    },
  ])
  assert.equal(
    (await readHere('{"t":"v","deep":{"list":[1,2],"o":{"k":true}},"__proto__":{"x":1}}', 'a.json')).text,
    't: v\ndeep.list: 1, 2\ndeep.o.k: true\n__proto__.x: 1',
  )
  assert.equal((await readHere('{"a":{"b":1}}\n{"a":{"b":2}}\n', 'a.jsonl')).text, 'a.b: 1\na.b: 2')
})

test('XML: names and texts, mixed content as prose', async () => {
  const read = await readHere(
    '<?xml version="1.0"?><r><i><name>N &amp; M</name><v a="1"/></i><p>Some <b>bold</b> text</p></r>',
    'a.xml',
  )
  assert.equal(read.text, 'name: N & M\nv: a=1\nSome bold text')
})

test('plain text keeps its lines and paragraphs, form feeds count pages', async () => {
  assert.deepEqual((await readHere('one\ntwo\n\nthree\fpage', 'a.txt')).blocks, [
    { kind: 'text', text: 'one\ntwo', page: 1 },
    { kind: 'text', text: 'three', page: 1 },
    { kind: 'text', text: 'page', page: 2 },
  ])
  assert.equal((await readHere('def f():\n  return 1\n', 'a.py')).blocks[0]?.kind, 'code')
})

test('a container that names a part outside of itself or that is missing is damaged, not a crash', async () => {
  const broken = zip({
    '[Content_Types].xml': '<Types><Override ContentType="application/x-presentationml"/></Types>',
    'x.xml': strToU8('<a/>'),
  })
  await assert.rejects(readHere(broken, 'x.pptx'), { code: 'document_corrupt' })
})
