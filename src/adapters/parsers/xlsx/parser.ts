import type { Block } from '../../../core/documents.ts'
import type { DocumentParser } from '../../../core/ports/reading.ts'
import { AppError } from '../../../core/errors.ts'
import { DEFAULT_LIMITS, type ParseOptions } from '../options.ts'
import { tableBlock } from '../table.ts'

export const xlsx: DocumentParser = {
  id: 'xlsx',
  mediaTypes: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  extensions: ['.xlsx', '.xlsm', '.xltx', '.xltm'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const [{ openContainer }, { officeProperties }, { default: readWorkbook }, { zipSync }] = await Promise.all([
      import('../container.ts'),
      import('../office-properties.ts'),
      import('read-excel-file/node'),
      import('fflate'),
    ])
    const container = openContainer(bytes, options?.limits ?? DEFAULT_LIMITS)
    // The library sees only a container that was inflated under our limits: XML parts, stored without compression.
    const parts: Record<string, Uint8Array> = {}
    for (const name of container.zip.names) {
      if (!/\.(xml|rels)$/.test(name)) continue
      const content = container.zip.bytes(name)
      if (content !== undefined) parts[name] = content
    }
    let sheets: readonly { sheet: string; data: readonly (readonly unknown[])[] }[]
    try {
      sheets = await readWorkbook(Buffer.from(zipSync(parts, { level: 0 })))
    } catch (error) {
      throw new AppError(
        'document_corrupt',
        'The workbook cannot be read: it is damaged. Open it, save it again as XLSX or CSV, and upload that.',
        {
          cause: error,
        },
      )
    }
    yield { kind: 'properties', properties: officeProperties(container, sheets.length) }
    for (const [index, { sheet, data }] of sheets.entries()) {
      const blocks = sheetBlocks(data, index + 1)
      if (blocks.length > 0) yield { kind: 'heading', level: 1, text: sheet, page: index + 1 }
      yield* blocks
    }
  },
}

const MAX_TITLES = 6

/** Rows with one filled cell above a wider table are its titles, not its header. */
const sheetBlocks = (data: readonly (readonly unknown[])[], page: number): Block[] => {
  const rows = data.map((row) => row.map(shown)).filter((row) => row.some((cell) => cell !== ''))
  const width = rows.reduce((widest, row) => Math.max(widest, row.filter((cell) => cell !== '').length), 0)
  const blocks: Block[] = []
  const titles =
    width > 1 ? rows.slice(0, MAX_TITLES).findIndex((row) => row.filter((cell) => cell !== '').length > 1) : 0
  const start = titles === -1 ? 0 : titles
  for (const row of rows.slice(0, start))
    blocks.push({ kind: 'text', text: row.find((cell) => cell !== '') ?? '', page })
  const table = tableBlock(rows.slice(start), { page })
  if (table !== undefined) blocks.push(table)
  return blocks
}

const shown = (cell: unknown): string => {
  if (typeof cell === 'boolean') return cell ? 'TRUE' : 'FALSE'
  if (cell instanceof Date) {
    const iso = cell.toISOString()
    return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, 19).replace('T', ' ')
  }
  // Sums of decimals carry noise behind the 15th digit, which spreadsheets do not show.
  if (typeof cell === 'number') return String(Number(cell.toPrecision(15)))
  return typeof cell === 'string' ? cell.replace(/\s+/g, ' ').trim() : ''
}
