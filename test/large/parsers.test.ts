import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { test } from 'node:test'
import { extractText } from 'unpdf'
import type { Block } from '../../src/core/documents.ts'
import { AppError, type ErrorCode } from '../../src/core/errors.ts'
import type { ParsedDocument } from '../../src/core/ports/reading.ts'
import { createDocumentReader } from '../../src/adapters/parsers/reader.ts'
import { DATA } from '../../bench/retrieval-sets.ts'

const FOLDER = join(DATA, 'docs-unstructured')
const skip = existsSync(FOLDER) ? false : `no ${FOLDER}`

/** Every file that gives no text, and why. All others must give some. */
const WITHOUT_TEXT: Readonly<Record<string, readonly [ErrorCode, reason: string]>> = {
  'empty.txt': ['document_empty', 'no bytes'],
  'fake-text-all-whitespace.txt': ['document_empty', 'line ends only'],
  'eml/empty.eml': ['document_empty', 'white space only'],
  'empty.xlsx': ['document_empty', 'a workbook with empty sheets'],
  'picture.pptx': ['document_empty', 'slides of pictures'],
  'test-image-jpg-mime.pptx': ['document_empty', 'slides of pictures'],
  'img/bmp_24.bmp': ['document_empty', 'a picture without letters'],
  'pdf/loremipsum-flat.pdf': ['document_empty', 'a scan'],
  'pdf/single_table.pdf': ['document_empty', 'a scan'],
  'pdf/table-multi-row-column-cells.pdf': ['document_empty', 'a scan'],
  'eml/fake-encrypted.eml': ['document_encrypted', 'PGP'],
  'fake-encrypted.msg': ['document_encrypted', 'PGP'],
  'password_protected.xlsx': ['document_encrypted', 'a password'],
  'pdf/password.pdf': ['document_encrypted', 'a password'],
  'fake-power-point.ppt': ['unsupported_media_type', 'no kept library reads PPT'],
  'tests-example.xls': ['unsupported_media_type', 'no kept library reads XLS'],
  'img/DA-1p.heic': ['unsupported_media_type', 'no library with a permissive licence reads HEIC'],
  'simple.zip': ['unsupported_media_type', 'an archive'],
}

const shown = (blocks: readonly Block[]): string =>
  blocks
    .map((block) => (block.kind === 'table' ? block.rows.map((row) => row.join(' ')).join('\n') : block.text))
    .join('\n')

const letters = (text: string): number => text.replace(/\s/g, '').length

/** Characters of a PDF's first pages as pdf.js gives them, white space aside. */
const baseline = async (bytes: Uint8Array, pages: number): Promise<number> => {
  const { text } = await extractText(Uint8Array.from(bytes))
  return letters(text.slice(0, pages).join(''))
}

test('every file of docs-unstructured ends with its text or with its own error', { skip }, async (context) => {
  const baselines = (await readFile(join(FOLDER, 'pdfjs_baseline.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; ok: boolean; read?: number })
  const files = (await readdir(FOLDER, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)))
    .toSorted()
  const reader = createDocumentReader({ timeoutMs: 120_000 })
  const count: Record<string, number> = {}
  const refused: string[] = []
  const wrong: string[] = []
  const readOne = async (file: string): Promise<void> => {
    const bytes = await readFile(join(FOLDER, file))
    const expected = WITHOUT_TEXT[file]
    let document: ParsedDocument
    try {
      document = await reader.read(bytes, basename(file))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      count[error.code] = (count[error.code] ?? 0) + 1
      refused.push(`${file}: ${error.code} (${expected?.[1] ?? 'not expected'})`)
      if (expected?.[0] !== error.code) wrong.push(`${file}: ${error.code} ${error.message}`)
      return
    }
    count[document.parser] = (count[document.parser] ?? 0) + 1
    const text = shown(document.blocks)
    if (expected !== undefined) wrong.push(`${file}: gave text, expected ${expected[0]}`)
    if (text.trim() === '') wrong.push(`${file}: no text and no error`)
    const known = baselines.find((line) => line.file === file)
    if (known?.ok !== true || known.read === undefined) return
    const pages = known.read
    const own = letters(shown(document.blocks.filter((block) => (block.page ?? 1) <= pages)))
    const other = await baseline(bytes, pages)
    if (own < 0.9 * other) wrong.push(`${file}: ${own} characters of ${other}`)
  }
  try {
    const queue = [...files]
    const worker = async (): Promise<void> => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) await readOne(file)
    }
    await Promise.all([worker(), worker()])
  } finally {
    await reader.close()
  }
  context.diagnostic(
    `${files.length} files: ${Object.entries(count)
      .map(([name, files]) => `${name} ${files}`)
      .join(', ')}`,
  )
  for (const line of refused.toSorted()) context.diagnostic(`no text: ${line}`)
  assert.deepEqual(wrong, [])
  assert.ok(files.length > 200)
})
