import type { Address, Attachment } from 'postal-mime'
import type { DocumentParser } from '../../../core/ports/reading.ts'
import { AppError } from '../../../core/errors.ts'
import type { ParseOptions } from '../options.ts'
import { decodeText } from '../text.ts'
import { encryptedError } from '../zip.ts'

export const eml: DocumentParser = {
  id: 'eml',
  mediaTypes: ['message/rfc822'],
  extensions: ['.eml', '.mht', '.mhtml'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const [{ default: PostalMime }, { mailEvents }] = await Promise.all([import('postal-mime'), import('../mail.ts')])
    const source = await messageBytes(bytes)
    let message: Awaited<ReturnType<typeof PostalMime.parse>>
    try {
      message = await PostalMime.parse(source, { maxNestingDepth: 50, forceRfc822Attachments: true })
    } catch (error) {
      throw new AppError(
        'document_too_complex',
        'The e-mail nests parts too deeply or has oversized headers. Save its text and upload that.',
        {
          cause: error,
        },
      )
    }
    const type = message.headers.find((header) => header.key === 'content-type')?.value ?? ''
    if (/multipart\/encrypted|application\/(x-)?pkcs7-mime(?!.*signed-data)/i.test(type)) throw encryptedError()
    if (message.headers.length === 0 && (message.text ?? '').trim() === '') {
      throw new AppError(
        'document_empty',
        'The e-mail has neither headers nor text. Export it again from the mail program.',
      )
    }
    yield* mailEvents(
      {
        subject: message.subject ?? '',
        from: addresses(message.from === undefined ? undefined : [message.from]),
        to: addresses(message.to),
        cc: addresses(message.cc),
        date: message.date ?? '',
        text: message.text ?? '',
        html: message.html ?? '',
        attachments: message.attachments.map((attachment, index) => ({
          filename: attachment.filename ?? unnamed(attachment, index),
          content: contentOf(attachment),
        })),
      },
      options,
    )
  },
}

/** Mail is bytes in many encodings, declared part by part; only a file saved as UTF-16 or 32 as a whole is decoded first. */
const messageBytes = async (bytes: Uint8Array): Promise<Uint8Array> => {
  if (bytes[0] !== 0xff && bytes[0] !== 0xfe && !bytes.subarray(0, 64).includes(0)) return bytes
  const decoded = await decodeText(bytes)
  return decoded === undefined || decoded.encoding === 'utf-8' ? bytes : new TextEncoder().encode(decoded.text)
}

const addresses = (list: readonly Address[] | undefined): string =>
  (list ?? [])
    .flatMap((address) => address.group ?? [address])
    .map((mailbox) => (mailbox.name === '' ? (mailbox.address ?? '') : `${mailbox.name} <${mailbox.address ?? ''}>`))
    .join(', ')

const unnamed = (attachment: Attachment, index: number): string => {
  const extension =
    attachment.mimeType === 'message/rfc822'
      ? 'eml'
      : (attachment.mimeType.split('/')[1] ?? 'bin').replace(/[^\w]/g, '')
  return `part-${index + 1}.${extension}`
}

const contentOf = (attachment: Attachment): Uint8Array => {
  const { content } = attachment
  if (typeof content === 'string') return new TextEncoder().encode(content)
  return content instanceof Uint8Array ? content : new Uint8Array(content)
}
