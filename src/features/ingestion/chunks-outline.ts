import type { StoredBlock } from '../../core/documents.ts'
import { headingText } from './canonical.ts'
import { trimmedSpan } from './chunks-pieces.ts'

export interface Heading {
  readonly level: number
  readonly text: string
}

/** A block that is not a heading, with the headings that stand directly before it and those that it stands under. */
export interface Group {
  readonly headingBlocks: readonly StoredBlock[]
  /** Absent where nothing but another heading follows. */
  readonly body: StoredBlock | undefined
  /** Outermost first; those of `headingBlocks` that are still in force are the last ones. */
  readonly path: readonly Heading[]
  /** The part of `path` that stands before this group. */
  readonly above: readonly Heading[]
  /** Of the outermost of `headingBlocks`; Infinity without any. */
  readonly level: number
}

/** More headings in a row than this are a table of contents: they are read as a text of their own. */
const LONGEST_RUN = 12

/** The blocks in order, covering every character that is not white space, none of them over another. */
export function coveringBlocks(content: string, blocks: readonly StoredBlock[]): StoredBlock[] {
  const covering: StoredBlock[] = []
  let at = 0
  const add = (block: StoredBlock): void => {
    const span = trimmedSpan(content, block)
    if (span.start < span.end) covering.push({ ...block, ...span })
  }
  for (const block of blocks.toSorted((a, b) => a.start - b.start)) {
    const start = Math.max(at, block.start)
    const end = Math.min(content.length, block.end)
    if (start > at) add({ kind: 'text', start: at, end: start })
    if (end > start) add({ ...block, start, end })
    at = Math.max(at, end)
  }
  add({ kind: 'text', start: at, end: content.length })
  return covering
}

export function groupsOf(content: string, blocks: readonly StoredBlock[]): Group[] {
  const groups: Group[] = []
  let path: Heading[] = []
  let above: readonly Heading[] = []
  let waiting: StoredBlock[] = []
  const close = (body: StoredBlock | undefined): void => {
    const level = waiting.reduce((least, block) => Math.min(least, levelOf(block)), Infinity)
    groups.push({ headingBlocks: waiting, body, path, above: waiting.length === 0 ? path : above, level })
    waiting = []
  }
  for (const block of blocks) {
    if (block.kind !== 'heading') {
      close(block)
      continue
    }
    if (waiting.length >= LONGEST_RUN) close(undefined)
    const level = levelOf(block)
    const outer = path.filter((heading) => heading.level < level)
    above = waiting.length === 0 ? outer : above.filter((heading) => heading.level < level)
    path = [...outer, { level, text: headingText(content, block) }]
    waiting.push(block)
  }
  if (waiting.length > 0) close(undefined)
  return groups
}

const levelOf = (block: StoredBlock): number => block.level ?? 1

/** The level whose headings divide the document: the outermost that occurs twice, else the outermost. */
export function topLevel(blocks: readonly StoredBlock[]): number {
  const counts = new Map<number, number>()
  for (const block of blocks) {
    if (block.kind === 'heading') counts.set(levelOf(block), (counts.get(levelOf(block)) ?? 0) + 1)
  }
  const levels = [...counts.keys()].toSorted((a, b) => a - b)
  return levels.find((level) => (counts.get(level) ?? 0) > 1) ?? levels[0] ?? 0
}
