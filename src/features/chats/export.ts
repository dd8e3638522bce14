import type { ChatRow, MessageRow } from './repository.ts'

interface Quoted {
  readonly id: number
  readonly title: string | null
  readonly page: number | null
  readonly quote: string | null
  readonly verified: boolean
}

/** A chat to be read by people, in pieces. Texts stand as they are: an answer is Markdown already. */
export async function* markdownOf(chat: ChatRow, messages: AsyncIterable<MessageRow>): AsyncGenerator<string> {
  yield `# ${oneLine(chat.title)}\n\n`
  for await (const message of messages) {
    const who = message.role === 'user' ? 'Question' : message.role === 'assistant' ? 'Answer' : 'System'
    const note = message.state === 'interrupted' || message.state === 'failed' ? ' (not completed)' : ''
    yield `## ${who}${note}\n\n*${message.created_at}*\n\n${message.content}\n\n`
    const quotes = (JSON.parse(message.citations) as Quoted[]).filter(({ quote }) => quote !== null)
    for (const { id, title, page, quote, verified } of quotes) {
      const place = `${oneLine(title ?? '')}${page === null ? '' : `, page ${page}`}${verified ? '' : ' (not verified)'}`
      yield `[${id}] ${place}\n\n> ${(quote ?? '').replaceAll('\n', '\n> ')}\n\n`
    }
  }
}

const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').trim()
