import { canonicalText } from '../../core/canonical-text.ts'
import type { Block, StoredBlock } from '../../core/documents.ts'

export interface CanonicalDocument {
  readonly content: string
  readonly blocks: readonly StoredBlock[]
}

const BETWEEN_BLOCKS = '\n\n'

/** The canonical text of a parsed document: its blocks, those without text dropped, with a blank line between them. */
export function assemble(parsed: readonly Block[]): CanonicalDocument {
  const texts: string[] = []
  const blocks: StoredBlock[] = []
  let start = 0
  for (const block of parsed) {
    const { text, headerRows } = block.kind === 'table' ? tableText(block) : { text: blockText(block), headerRows: 0 }
    if (text === '') continue
    blocks.push({
      kind: block.kind,
      start,
      end: start + text.length,
      ...(block.kind === 'heading' ? { level: Math.min(6, Math.max(1, Math.trunc(block.level) || 1)) } : {}),
      ...(block.kind === 'table' ? { headerRows } : {}),
      ...(block.page === undefined ? {} : { page: block.page }),
      ...(block.box === undefined ? {} : { box: block.box }),
    })
    texts.push(text)
    start += text.length + BETWEEN_BLOCKS.length
  }
  return { content: texts.join(BETWEEN_BLOCKS), blocks }
}

/** Without white space around it; the first line of code keeps its indentation. */
function blockText({ kind, text }: Exclude<Block, { kind: 'table' }>): string {
  const canonical = canonicalText(text)
  if (kind !== 'code') return canonical.trim()
  // What stood behind the lines that are left out may be a byte order mark, which no text begins with.
  return canonicalText(canonical.trimEnd().replace(/^(?:[^\S\n]*\n)+/, ''))
}

function tableText({ rows, headerRows }: Block & { kind: 'table' }): { text: string; headerRows: number } {
  const lines: string[] = []
  let headers = 0
  rows.forEach((row, at) => {
    const cells = row.map((cell) =>
      canonicalText(cell)
        .trim()
        .replace(/\s*\n\s*/g, ' '),
    )
    if (cells.every((cell) => cell === '')) return
    lines.push(cells.join(' | ').trim())
    if (at < headerRows) headers += 1
  })
  return { text: lines.join('\n'), headerRows: headers }
}

const HEADING = /^ {0,3}(#{1,6})[ \t]+\S/
const UNDERLINE = /^ {0,3}(?:={3,}|-{3,})[ \t]*$/
const FENCE = /^ {0,3}(`{3,}|~{3,})[^`]*$/
/** A longer line above a rule is a paragraph, not a title. */
const LONGEST_UNDERLINED = 120

/**
 * The blocks of a canonical text that came without any: paragraphs between blank lines, headings and fenced code as
 * Markdown writes them. They are places in the text, which stays as it is; a heading's block holds its marks too.
 */
export function blocksOfText(content: string): StoredBlock[] {
  const blocks: StoredBlock[] = []
  let open: { kind: 'text' | 'code'; start: number; end: number; lines: number } | undefined
  let fence = ''

  const flush = (): void => {
    if (open !== undefined) blocks.push(...trimmedBlock(content, open))
    open = undefined
  }
  const extend = (start: number, end: number): void => {
    open = { kind: 'text', lines: 0, start, ...open, end }
    open.lines += 1
  }

  for (let start = 0, end = 0; start < content.length; start = end + 1) {
    end = content.indexOf('\n', start)
    if (end === -1) end = content.length
    const line = content.slice(start, end)
    if (fence !== '') {
      extend(start, end)
      if (!closes(line, fence)) continue
      fence = ''
      flush()
      continue
    }
    const mark = FENCE.exec(line)?.[1]
    const level = HEADING.exec(line)?.[1]?.length
    if (mark !== undefined && content.includes(`\n${mark}`, end)) {
      flush()
      open = { kind: 'code', start, end, lines: 1 }
      fence = mark
    } else if (level !== undefined) {
      flush()
      blocks.push(...trimmedBlock(content, { kind: 'heading', level, start, end }))
    } else if (open?.lines === 1 && open.end - open.start <= LONGEST_UNDERLINED && UNDERLINE.test(line)) {
      const title = open.start
      open = undefined
      blocks.push(...trimmedBlock(content, { kind: 'heading', level: line.includes('=') ? 1 : 2, start: title, end }))
    } else if (line.trim() === '') {
      flush()
    } else {
      extend(start, end)
    }
  }
  flush()
  return blocks
}

const closes = (line: string, fence: string): boolean => {
  const mark = line.trim()
  return mark.startsWith(fence) && mark === fence.charAt(0).repeat(mark.length)
}

function trimmedBlock(
  content: string,
  { kind, start, end, level }: { kind: 'text' | 'code' | 'heading'; start: number; end: number; level?: number },
): StoredBlock[] {
  const text = content.slice(start, end)
  const from = start + text.length - text.trimStart().length
  const to = start + text.trimEnd().length
  return from >= to ? [] : [{ kind, start: from, end: to, ...(level === undefined ? {} : { level }) }]
}

/** A heading's words: on one line, without the marks of Markdown, and no longer than a heading is read. */
export function headingText(content: string, { start, end }: StoredBlock): string {
  return content
    .slice(start, end)
    .replace(/\n[ \t]*(?:={3,}|-{3,})[ \t]*$/, '')
    .replace(/^#{1,6}[ \t]+/, '')
    .replace(/[ \t]#+[ \t]*$/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_HEADING)
    .toWellFormed()
}

const LONGEST_HEADING = 300
