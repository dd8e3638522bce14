import type { DocumentParser } from '../../../core/ports/reading.ts'
import { AppError } from '../../../core/errors.ts'
import type { MailAttachment } from '../mail.ts'
import type { ParseOptions } from '../options.ts'
import { decodeText } from '../text.ts'
import { encryptedError } from '../zip.ts'

export const msg: DocumentParser = {
  id: 'msg',
  mediaTypes: ['application/vnd.ms-outlook'],
  extensions: ['.msg', '.oft'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    // The package is CommonJS with a `default` of its own inside the one that Node makes.
    const { default: MsgReader } = (await import('@kenjiuno/msgreader')).default
    const { mailEvents } = await import('../mail.ts')
    let message: InstanceType<typeof MsgReader>
    let fields: ReturnType<typeof message.getFileData>
    try {
      message = new MsgReader(new Uint8Array(bytes).buffer)
      fields = message.getFileData()
    } catch (error) {
      throw new AppError('document_corrupt', 'The Outlook message is damaged. Save it again from Outlook, or as EML.', {
        cause: error,
      })
    }
    const attached = fields.attachments ?? []
    if (
      /SMIME(?!\.MultipartSigned)|rpmsg/i.test(fields.messageClass ?? '') ||
      attached.some((file) => /\.(rpmsg|p7m|pgp-encrypted)$/i.test(file.fileName ?? ''))
    ) {
      throw encryptedError()
    }
    const recipients = fields.recipients ?? []
    const named = (type: 'to' | 'cc'): string =>
      recipients
        .filter((recipient) => (recipient.recipType ?? 'to') === type)
        .map((recipient) => mailbox(recipient.name, recipient.smtpAddress ?? recipient.email))
        .join(', ')
    const attachments: MailAttachment[] = attached
      .filter((file) => file.attachmentHidden !== true)
      .map((file) => {
        const data = message.getAttachment(file)
        return { filename: file.fileName ?? data.fileName, content: data.content }
      })
    yield* mailEvents(
      {
        subject: fields.subject ?? '',
        from: mailbox(fields.senderName, fields.senderSmtpAddress ?? fields.senderEmail),
        to: named('to'),
        cc: named('cc'),
        date: fields.messageDeliveryTime ?? fields.clientSubmitTime ?? '',
        text: fields.body ?? '',
        html: fields.bodyHtml ?? (fields.html === undefined ? '' : ((await decodeText(fields.html))?.text ?? '')),
        attachments,
      },
      options,
    )
  },
}

/** Addresses inside an Exchange organisation (`/O=…`) say nothing to a reader. */
const mailbox = (name: string | undefined, address: string | undefined): string => {
  const shown = address === undefined || address.startsWith('/') ? '' : address
  if (name === undefined || name === '' || name === shown) return shown
  return shown === '' ? name : `${name} <${shown}>`
}
