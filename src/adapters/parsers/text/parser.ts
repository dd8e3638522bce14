import type { DocumentParser } from '../../../core/ports/reading.ts'
import { requireText } from '../text.ts'
import { plainBlocks } from './plain.ts'
import { orgBlocks, rstBlocks } from './outline.ts'

const SOURCE_CODE =
  '.py .js .mjs .cjs .ts .tsx .jsx .go .rs .java .kt .c .h .cc .cpp .hpp .cs .rb .php .pl .lua .r .jl .swift .scala .sh .bash .zsh .ps1 .bat .sql .css .scss .vue .svelte .dart .ex .exs .clj .hs .ml .tf .proto .graphql .tex'.split(
    ' ',
  )
const SETTINGS = '.yaml .yml .toml .ini .cfg .conf .properties .env .log'.split(' ')

export const text: DocumentParser = {
  id: 'text',
  mediaTypes: ['text/plain', 'text/x-rst', 'text/org', 'text/x-source'],
  extensions: ['.txt', '.text', '.rst', '.rest', '.org', ...SETTINGS, ...SOURCE_CODE],
  async *parse(bytes, filename) {
    const source = (await requireText(bytes)).replaceAll('\r\n', '\n').replaceAll('\r', '\n')
    const name = filename.toLowerCase()
    if (/\.re?st$/.test(name)) yield* rstBlocks(source)
    else if (name.endsWith('.org')) yield* orgBlocks(source)
    else if (SOURCE_CODE.some((extension) => name.endsWith(extension))) yield* plainBlocks(source, 'code')
    else yield* plainBlocks(source, 'text')
  },
}
