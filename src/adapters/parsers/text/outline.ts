import type { Block } from '../../../core/documents.ts'
import { plainBlocks } from './plain.ts'

const ADORNMENT = /^([=\-`:.'"~^_*+#<>])\1{2,}\s*$/

/** reStructuredText: a line with an adornment under (and perhaps over) it is a heading; levels count by first use. */
export function* rstBlocks(source: string): Generator<Block> {
  const lines = source.split('\n')
  const styles: string[] = []
  let pending: string[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const mark = ADORNMENT.exec(lines[index + 1] ?? '')?.[1]
    const over = ADORNMENT.exec(lines[index - 1] ?? '')?.[1]
    const isTitle =
      mark !== undefined &&
      line.trim() !== '' &&
      !ADORNMENT.test(line) &&
      (lines[index + 1] ?? '').trim().length >= line.trim().length - 1
    if (!isTitle) {
      pending.push(line)
      continue
    }
    const overlined = over === mark
    if (overlined) pending.pop()
    yield* plainBlocks(pending.join('\n'), 'text')
    pending = []
    const style = `${overlined ? 'o' : 'u'}${mark}`
    if (!styles.includes(style)) styles.push(style)
    yield { kind: 'heading', text: line.trim(), level: Math.min(6, styles.indexOf(style) + 1) }
    index += 1
  }
  yield* plainBlocks(pending.join('\n'), 'text')
}

/** Org mode: stars make headings, `#+BEGIN_SRC` to `#+END_SRC` is code, `#+TITLE:` the title; other keywords go. */
export function* orgBlocks(source: string): Generator<Block> {
  let pending: string[] = []
  let code: string[] | undefined
  const flush = function* (): Generator<Block> {
    yield* plainBlocks(pending.join('\n'), 'text')
    pending = []
  }
  for (const line of source.split('\n')) {
    if (code !== undefined) {
      if (/^\s*#\+end_/i.test(line)) {
        if (code.join('').trim() !== '') yield { kind: 'code', text: code.join('\n') }
        code = undefined
      } else code.push(line)
      continue
    }
    const heading = /^(\*+) +(.*)$/.exec(line)
    const title = /^#\+title: *(.+)$/i.exec(line)
    if (heading !== null || title !== null) {
      yield* flush()
      const level = title === null ? (heading?.[1]?.length ?? 1) : 1
      yield { kind: 'heading', text: (title?.[1] ?? heading?.[2] ?? '').trim() || '*', level: Math.min(6, level) }
    } else if (/^\s*#\+begin_(src|example)/i.test(line)) {
      yield* flush()
      code = []
    } else if (!/^\s*(#\+|:(properties|end):)/i.test(line)) pending.push(line)
  }
  if (code !== undefined) pending.push(...code)
  yield* flush()
}
