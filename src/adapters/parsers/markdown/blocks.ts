import type { Nodes, RootContent } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import type { Block } from '../../../core/documents.ts'
import { AppError } from '../../../core/errors.ts'
import { parseFragment } from '../dom.ts'
import { htmlBlocks } from '../html-blocks.ts'
import { tidy } from '../html-text.ts'
import { tableBlock } from '../table.ts'

/** CommonMark allows any depth; nesting that no one writes makes the grammar slow and recursion deep. */
const DEEPEST_MARKERS = 100

/** The blocks of Markdown (CommonMark with GitHub's tables, task lists and footnotes). */
export const markdownBlocks = (source: string): Block[] => {
  const markers = new RegExp(`^[ \\t]*(?:[>*+-][ \\t]*){${DEEPEST_MARKERS}}`, 'm')
  if (markers.test(source) && !/^[ \t]*([*-][ \t]*){3,}$/m.test(markers.exec(source)?.[0] ?? '')) throw tooDeep()
  try {
    const tree = unified().use(remarkParse).use(remarkGfm).parse(source)
    return tree.children.flatMap((node) => blocksOf(node))
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(error)
    throw error
  }
}

const tooDeep = (cause?: unknown): AppError =>
  new AppError(
    'document_too_complex',
    'The Markdown nests lists or quotes too deeply. Flatten them, or upload the file as .txt.',
    { cause },
  )

const blocksOf = (node: RootContent): Block[] => {
  switch (node.type) {
    case 'heading': {
      const text = inline(node).replaceAll('\n', ' ')
      return text === '' ? [] : [{ kind: 'heading', level: node.depth, text }]
    }
    case 'code':
      return node.value.trim() === '' ? [] : [{ kind: 'code', text: node.value }]
    case 'table': {
      const rows = node.children.map((row) => row.children.map((cell) => inline(cell).replaceAll('\n', ' ')))
      const table = tableBlock(rows, { headerRows: 1 })
      return table === undefined ? [] : [table]
    }
    case 'list':
      return listBlocks(node)
    case 'blockquote':
    case 'footnoteDefinition':
      return node.children.flatMap((child) => blocksOf(child))
    case 'html': {
      const body = parseFragment(node.value)
      return body === null ? [] : htmlBlocks(body)
    }
    case 'thematicBreak':
    case 'definition':
    case 'yaml':
      return []
    default: {
      const text = inline(node)
      return text === '' ? [] : [{ kind: 'text', text }]
    }
  }
}

type List = Extract<RootContent, { type: 'list' }>

/** A list of lines is one block; one that holds code, tables or headings is read as what it holds. */
const listBlocks = (list: List): Block[] => {
  if (holdsBlocks(list)) return list.children.flatMap((item) => item.children.flatMap((child) => blocksOf(child)))
  const text = listLines(list, '').join('\n')
  return text === '' ? [] : [{ kind: 'text', text }]
}

const holdsBlocks = (list: List): boolean =>
  list.children.some((item) =>
    item.children.some((child) =>
      child.type === 'list'
        ? holdsBlocks(child)
        : child.type === 'code' || child.type === 'table' || child.type === 'heading' || child.type === 'blockquote',
    ),
  )

const listLines = (list: List, indent: string): string[] => {
  const lines: string[] = []
  let number = list.start ?? 1
  for (const item of list.children) {
    const marker =
      list.ordered === true ? `${number}.` : item.checked === true ? '- [x]' : item.checked === false ? '- [ ]' : '-'
    number += 1
    const own = item.children
      .filter((child) => child.type !== 'list')
      .map((child) => inline(child).replaceAll('\n', ' '))
    lines.push(`${indent}${marker} ${own.join(' ')}`)
    for (const child of item.children) if (child.type === 'list') lines.push(...listLines(child, `${indent}  `))
  }
  return lines
}

const inline = (node: Nodes): string => tidy(raw(node))

const raw = (node: Nodes): string => {
  if (node.type === 'break') return '\n'
  if (node.type === 'html') return /^<br\b/i.test(node.value) ? '\n' : ''
  if (node.type === 'image' || node.type === 'imageReference') return node.alt ?? ''
  if (node.type === 'footnoteReference') return ''
  if ('value' in node) return node.value.replaceAll('\n', ' ')
  if ('children' in node) return node.children.map((child) => raw(child)).join('')
  return ''
}
