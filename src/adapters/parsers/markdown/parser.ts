import type { DocumentParser } from '../../../core/ports/reading.ts'
import { propertiesOf } from '../properties.ts'
import { requireText } from '../text.ts'

const FRONT_MATTER = /^---\n([^]{0,20000}?)\n(?:---|\.\.\.)(?:\n|$)/

export const markdown: DocumentParser = {
  id: 'markdown',
  mediaTypes: ['text/markdown'],
  extensions: ['.md', '.markdown', '.mdown', '.mkd', '.mdx'],
  async *parse(bytes) {
    const source = (await requireText(bytes)).replaceAll('\r\n', '\n')
    const front = FRONT_MATTER.exec(source)
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}: *(.+)$`, 'im').exec(front?.[1] ?? '')?.[1]?.replace(/^["']|["']$/g, '')
    const body = front === null ? source : source.slice(front[0].length)
    const { markdownBlocks } = await import('./blocks.ts')
    const blocks = markdownBlocks(body)
    const title = field('title') ?? blocks.find((block) => block.kind === 'heading' && block.level === 1)
    yield {
      kind: 'properties',
      properties: propertiesOf({
        title: typeof title === 'object' ? ('text' in title ? title.text : undefined) : title,
        author: field('author'),
        date: field('date'),
        language: field('lang'),
      }),
    }
    yield* blocks
  },
}
