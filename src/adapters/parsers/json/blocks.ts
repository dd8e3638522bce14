import type { Block } from '../../../core/documents.ts'
import { AppError } from '../../../core/errors.ts'
import { tableBlock } from '../table.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

const MAX_COLUMNS = 40
/** Longer values make rows unreadable; such objects are written out line by line. */
const LONGEST_CELL = 300

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isScalar = (value: Json): value is string | number | boolean | null => typeof value !== 'object' || value === null
const shown = (value: string | number | boolean | null): string => (typeof value === 'string' ? value : String(value))

/**
 * JSON for reading: arrays of flat objects are tables, everything else lines of `path: value`, one block for each
 * element of a top-level array and for each top-level field that holds more than a value.
 */
export function* jsonBlocks(value: Json, maxDepth: number): Generator<Block> {
  const table = flatTable(value)
  if (table !== undefined) {
    yield table
  } else if (Array.isArray(value)) {
    if (value.every(isScalar)) yield* textBlock(value.map(shown))
    else for (const element of value as readonly Json[]) yield* textBlock(linesOf(element, '', maxDepth))
  } else if (isObject(value)) {
    let scalars: string[] = []
    for (const [key, field] of Object.entries(value)) {
      if (isScalar(field)) {
        scalars.push(`${key}: ${shown(field)}`)
        continue
      }
      yield* textBlock(scalars)
      scalars = []
      const inner = flatTable(field)
      if (inner === undefined) yield* textBlock(linesOf(field, key, maxDepth))
      else {
        yield { kind: 'text', text: `${key}:` }
        yield inner
      }
    }
    yield* textBlock(scalars)
  } else yield* textBlock([shown(value as string)])
}

function* textBlock(lines: readonly string[]): Generator<Block> {
  const text = lines.join('\n').trim()
  if (text !== '') yield { kind: 'text', text }
}

const flatTable = (value: Json): Block | undefined => {
  if (!Array.isArray(value) || value.length < 2) return undefined
  const columns = new Set<string>()
  for (const row of value as readonly Json[]) {
    if (!isObject(row)) return undefined
    for (const [key, cell] of Object.entries(row)) {
      if (!isScalar(cell) || (typeof cell === 'string' && cell.length > LONGEST_CELL)) return undefined
      columns.add(key)
    }
    if (columns.size > MAX_COLUMNS) return undefined
  }
  const names = [...columns]
  const rows = (value as readonly { readonly [key: string]: Json }[]).map((row) =>
    names.map((name) => {
      const cell = Object.hasOwn(row, name) ? row[name] : undefined
      return cell === undefined || cell === null ? '' : shown(cell as string).replace(/\s+/g, ' ')
    }),
  )
  return tableBlock([names, ...rows], { headerRows: 1 })
}

/** `path: value` for each value; a list of values is one line. Iterative, for values nested up to the limit. */
const linesOf = (root: Json, name: string, maxDepth: number): string[] => {
  const lines: string[] = []
  const stack: { value: Json; path: string; depth: number }[] = [{ value: root, path: name, depth: 1 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, path, depth } = next
    if (depth > maxDepth) {
      throw new AppError(
        'document_too_complex',
        `The JSON is nested deeper than ${maxDepth} levels. Flatten it, or upload it as .txt.`,
      )
    }
    if (isScalar(value)) {
      if (value !== null && value !== '') lines.push(path === '' ? shown(value) : `${path}: ${shown(value)}`)
    } else if (Array.isArray(value)) {
      const inner = value as readonly Json[]
      if (inner.length > 0 && inner.every((element) => isScalar(element) && shown(element).length < LONGEST_CELL)) {
        lines.push(`${path === '' ? '' : `${path}: `}${inner.map((element) => shown(element as string)).join(', ')}`)
      } else {
        for (let index = inner.length - 1; index >= 0; index -= 1) {
          stack.push({ value: inner[index] ?? null, path: `${path}[${index + 1}]`, depth: depth + 1 })
        }
      }
    } else {
      for (const [key, field] of Object.entries(value as object).toReversed() as [string, Json][]) {
        stack.push({ value: field, path: path === '' ? key : `${path}.${key}`, depth: depth + 1 })
      }
    }
  }
  return lines
}
