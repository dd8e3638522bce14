import { AppError } from '../../core/errors.ts'
import type { ParseEvent } from '../../core/ports/reading.ts'
import { parseFragment } from './dom.ts'
import { htmlBlocks } from './html-blocks.ts'
import { withoutDeepNesting } from './html-nesting.ts'
import type { ParseOptions } from './options.ts'
import { tidyLines } from './paragraph.ts'
import { propertiesOf } from './properties.ts'

export interface MailAttachment {
  readonly filename: string
  readonly content: Uint8Array
}

export interface Mail {
  readonly subject: string
  readonly from: string
  readonly to: string
  readonly cc: string
  readonly date: string
  readonly text: string
  readonly html: string
  readonly attachments: readonly MailAttachment[]
}

/** Pictures in a signature and the like: named in the warning, not worth an error each. */
const SILENT_ATTACHMENT = /\.(png|jpe?g|gif|bmp|svg|ics|vcf|p7s|asc|sig)$/i

/** A message as blocks: its headers in one, the body (HTML if there is any structure to keep), its attachments. */
export async function* mailEvents(mail: Mail, options?: ParseOptions): AsyncGenerator<ParseEvent> {
  yield { kind: 'properties', properties: propertiesOf({ title: mail.subject, author: mail.from, date: mail.date }) }
  const headers = (
    [
      ['Subject', mail.subject],
      ['From', mail.from],
      ['To', mail.to],
      ['Cc', mail.cc],
      ['Date', mail.date],
    ] as const
  ).filter(([, value]) => value !== '')
  if (headers.length > 0)
    yield {
      kind: 'text',
      text: headers.map(([name, value]) => `${name}: ${value.replace(/\s+/g, ' ').trim()}`).join('\n'),
    }
  yield* bodyBlocks(mail)
  const unread: string[] = []
  for (const attachment of mail.attachments) {
    const failure = yield* attachedEvents(attachment, options)
    if (failure !== undefined) unread.push(failure)
  }
  if (unread.length > 0) yield { kind: 'warning', message: `Attachments that were not read: ${unread.join('; ')}.` }
}

function* bodyBlocks(mail: Mail): Generator<ParseEvent> {
  if (mail.text.trim() !== '' && !/<(table|h[1-6]|ul|ol|pre)[\s>]/i.test(mail.html)) {
    for (const paragraph of mail.text.replaceAll('\r\n', '\n').split(/\n[ \t]*\n/)) {
      const text = paragraph.replace(/^\n+/, '').trimEnd()
      if (text.trim() !== '') yield { kind: 'text', text }
    }
    return
  }
  const body = mail.html === '' ? null : parseFragment(withoutDeepNesting(mail.html))
  if (body !== null) yield* htmlBlocks(body)
}

async function* attachedEvents(
  attachment: MailAttachment,
  options: ParseOptions | undefined,
): AsyncGenerator<ParseEvent, string | undefined> {
  const name = tidyLines(attachment.filename) || 'without a name'
  yield { kind: 'text', text: `Attachment: ${name}` }
  if (options?.readAttached === undefined) return `${name} (nested too deep)`
  if (SILENT_ATTACHMENT.test(name)) return name
  try {
    for await (const event of options.readAttached(attachment.content, name)) {
      if (event.kind === 'warning') yield { kind: 'warning', message: `${name}: ${event.message}` }
      // Pages and properties are those of the attachment, not of the message.
      else if (event.kind !== 'properties') yield withoutPlace(event)
    }
    return undefined
  } catch (error) {
    // What is attached may be of any type and in any state: the message itself is still read.
    if (error instanceof AppError && error.code !== 'document_too_complex')
      return `${name} (${error.message.replace(/\.$/, '')})`
    throw error
  }
}

const withoutPlace = (event: Exclude<ParseEvent, { kind: 'properties' | 'warning' }>): ParseEvent => {
  const { page: _page, box: _box, ...rest } = event
  return rest
}
