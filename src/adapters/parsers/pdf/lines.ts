import type { Run } from './pages.ts'

/** Runs on one baseline that belong together; `cells` are its parts divided by wide gaps (columns of a table). */
export interface Line {
  readonly cells: readonly string[]
  readonly starts: readonly number[]
  readonly left: number
  readonly right: number
  readonly y: number
  readonly size: number
  readonly turn: Run['turn']
}

/** Gaps in units of the font size: a space between words, and the gutter between cells or columns. */
const WORD_GAP = 0.15
const CELL_GAP = 1.6

/**
 * Lines in the order in which the page draws its text, which nearly always is reading order, columns included; where
 * a page draws up and down (tables by column, forms), lines are put in order by columns and rows instead.
 */
export const linesOf = (runs: readonly Run[]): Line[] => {
  const lines = ([0, 1, 2, 3] as const).flatMap((turn) => {
    const group = runs.filter((run) => run.turn === turn)
    return group.length === 0 ? [] : inReadingOrder(drawnLines(group))
  })
  return lines
}

interface OpenLine {
  cells: string[]
  starts: number[]
  left: number
  right: number
  y: number
  size: number
  turn: Run['turn']
}

const drawnLines = (runs: readonly Run[]): OpenLine[] => {
  const lines: OpenLine[] = []
  let line: OpenLine | undefined
  for (const run of runs) {
    const size = Math.max(run.size, line?.size ?? 0)
    const gap = line === undefined ? 0 : run.x - line.right
    const sameBaseline = line !== undefined && (onBaseline(line, run) || isScript(line, run, gap))
    if (
      line === undefined ||
      !sameBaseline ||
      gap > CELL_GAP * size ||
      gap < -0.6 * size - Math.max(0, run.width * 0.5)
    ) {
      line = {
        cells: [run.text],
        starts: [run.x],
        left: run.x,
        right: run.x + run.width,
        y: run.y,
        size: run.size,
        turn: run.turn,
      }
      lines.push(line)
      continue
    }
    const before = line.cells[0] ?? ''
    const spaced = gap > WORD_GAP * size && !/\s$/.test(before) && !/^\s/.test(run.text)
    line.cells[0] = `${before}${spaced ? ' ' : ''}${run.text}`
    line.right = Math.max(line.right, run.x + run.width)
    if (run.size > line.size) {
      line.size = run.size
      line.y = run.y
    }
  }
  return lines
}

const onBaseline = (line: OpenLine, run: Run): boolean =>
  Math.abs(run.y - line.y) < 0.45 * Math.min(run.size, line.size) + 0.15 * Math.max(run.size, line.size)

/** Smaller text just above or below, close behind: an index or an exponent; or the line going on after one. */
const isScript = (line: OpenLine, run: Run, gap: number): boolean => {
  const larger = Math.max(run.size, line.size)
  return (
    Math.min(run.size, line.size) < 0.85 * larger &&
    Math.abs(run.y - line.y) < 0.6 * larger &&
    Math.abs(gap) < 0.6 * larger
  )
}

/** Share of steps up the page or along a row above which the drawing order is not taken for the reading order. */
const DISORDER = 0.15

const inReadingOrder = (lines: readonly OpenLine[]): OpenLine[] => {
  let steps = 0
  for (let index = 1; index < lines.length; index += 1) {
    const before = lines[index - 1]
    const after = lines[index]
    if (before !== undefined && after !== undefined && after.y < before.y + 0.3 * before.size) steps += 1
  }
  const ordered = lines.length < 4 || steps <= 2 || steps <= lines.length * DISORDER
  return joinRows(ordered ? lines : cut([...lines], 0))
}

/** Pieces that follow each other on one baseline become one line with several cells. */
const joinRows = (lines: readonly OpenLine[]): OpenLine[] => {
  const joined: OpenLine[] = []
  for (const line of lines) {
    const before = joined.at(-1)
    if (
      before !== undefined &&
      Math.abs(before.y - line.y) < 0.4 * Math.min(before.size, line.size) &&
      line.left >= before.right - 0.3 * line.size
    ) {
      const apart = line.left - before.right > CELL_GAP * Math.max(before.size, line.size)
      const last = before.cells.length - 1
      if (apart) {
        before.cells.push(...line.cells)
        before.starts.push(...line.starts)
      } else {
        before.cells[last] = `${before.cells[last] ?? ''} ${line.cells[0] ?? ''}`
        before.cells.push(...line.cells.slice(1))
        before.starts.push(...line.starts.slice(1))
      }
      before.right = line.right
    } else joined.push({ ...line, cells: [...line.cells], starts: [...line.starts] })
  }
  return joined
}

const DEEPEST_CUT = 200

/**
 * Recursive XY cut (Nagy and Seth, 1984): divide at the widest empty vertical strip that runs through the whole
 * region (columns, left first), else at the widest empty horizontal strip, else sort by rows.
 */
const cut = (lines: OpenLine[], depth: number): OpenLine[] => {
  if (lines.length < 2 || depth > DEEPEST_CUT) return byRows(lines)
  const size = median(lines.map((line) => line.size))
  const column = widestGap(
    lines.map((line) => [line.left, line.right] as const),
    1.2 * size,
  )
  // A gutter with single lines beside it is a gap between cells of a row.
  if (
    column !== undefined &&
    Math.min(lines.filter((line) => line.left < column).length, lines.filter((line) => line.left >= column).length) >
      4 &&
    !isGrid(lines, column)
  ) {
    return [
      ...cut(
        lines.filter((line) => line.left < column),
        depth + 1,
      ),
      ...cut(
        lines.filter((line) => line.left >= column),
        depth + 1,
      ),
    ]
  }
  const row = widestGap(
    lines.map((line) => [line.y - line.size, line.y + 0.2 * line.size] as const),
    0.8 * size,
  )
  if (row === undefined) return byRows(lines)
  return [
    ...cut(
      lines.filter((line) => line.y <= row),
      depth + 1,
    ),
    ...cut(
      lines.filter((line) => line.y > row),
      depth + 1,
    ),
  ]
}

/** Most lines on one side share their baseline with one on the other: rows of a table, not columns of text. */
const isGrid = (lines: readonly OpenLine[], column: number): boolean => {
  const left = lines.filter((line) => line.left < column)
  const right = lines.filter((line) => line.left >= column)
  const [few, many] = left.length < right.length ? [left, right] : [right, left]
  const baselines = new Set(many.map((line) => Math.round(line.y)))
  const shared = few.filter((line) => [-1, 0, 1].some((shift) => baselines.has(Math.round(line.y) + shift))).length
  const short = lines.filter((line) => line.right - line.left < 12 * line.size).length
  return shared > few.length * 0.7 && short > lines.length * 0.6
}

const byRows = (lines: readonly OpenLine[]): OpenLine[] => {
  const sorted = lines.toSorted((a, b) => a.y - b.y)
  const result: OpenLine[] = []
  let row: OpenLine[] = []
  for (const line of sorted) {
    const first = row[0]
    if (first !== undefined && line.y - first.y > 0.5 * Math.min(first.size, line.size)) {
      result.push(...row.toSorted((a, b) => a.left - b.left))
      row = []
    }
    row.push(line)
  }
  return [...result, ...row.toSorted((a, b) => a.left - b.left)]
}

/** The middle of the widest strip that no interval touches, when at least `minimum` wide. */
const widestGap = (intervals: readonly (readonly [number, number])[], minimum: number): number | undefined => {
  const sorted = intervals.toSorted((a, b) => a[0] - b[0])
  let end = sorted[0]?.[1] ?? 0
  let best: { width: number; middle: number } | undefined
  for (const [from, to] of sorted) {
    const width = from - end
    if (width >= minimum && width > (best?.width ?? 0)) best = { width, middle: end + width / 2 }
    end = Math.max(end, to)
  }
  return best?.middle
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 1
