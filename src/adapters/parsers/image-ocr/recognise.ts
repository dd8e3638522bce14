import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { AppError } from '../../../core/errors.ts'
import { installCommand } from '../../../core/install-command.ts'
import { tidyLines } from '../paragraph.ts'
import { imageSize } from './size.ts'

const PACKAGES = ['tesseract.js', 'tesseract.js-core', '@tesseract.js-data/eng'] as const
/** An A3 page at 400 dpi; decoded it is four bytes a pixel, several times over. */
const MAX_PIXELS = 40_000_000

export interface Recognised {
  readonly paragraphs: readonly string[]
  /** 0 to 100, the mean over words. */
  readonly confidence: number
}

/**
 * Text recognition with Tesseract (WebAssembly) and the English data that is installed beside it; nothing is
 * downloaded or cached.
 * @throws AppError `unsupported_media_type` when the optional packages are not installed
 */
export const recognise = async (image: Uint8Array, signal?: AbortSignal): Promise<Recognised> => {
  const size = imageSize(image)
  if (size !== undefined && size.width * size.height > MAX_PIXELS) {
    throw new AppError(
      'document_too_complex',
      `The image has more than ${MAX_PIXELS / 1e6} million pixels. Scale it down and upload it again.`,
    )
  }
  const folders = installed()
  const { createWorker } = await import('tesseract.js')
  signal?.throwIfAborted()
  const failed = Promise.withResolvers<never>()
  const worker = await createWorker('eng', 1, {
    langPath: join(folders.data, '4.0.0'),
    workerPath: join(folders.tesseract, 'src', 'worker-script', 'node', 'index.js'),
    corePath: folders.core,
    cacheMethod: 'none',
    gzip: true,
    errorHandler: (error: unknown) => failed.reject(damaged(error)),
  })
  try {
    const { data } = await Promise.race([
      worker.recognize(Buffer.from(image), {}, { text: true, blocks: false }).catch((error: unknown) => {
        throw damaged(error)
      }),
      failed.promise,
    ])
    const paragraphs = data.text
      .split(/\n\s*\n/)
      .map((paragraph) => tidyLines(paragraph))
      .filter((paragraph) => /[\p{L}\p{N}]{2}/u.test(paragraph))
    return { paragraphs, confidence: data.confidence }
  } finally {
    await worker.terminate()
  }
}

const damaged = (cause: unknown): AppError =>
  new AppError(
    'document_corrupt',
    'The image is damaged or of a kind that cannot be read. Save it again as PNG or JPEG.',
    { cause },
  )

/** The folders of the optional packages; `resolve` is Node's, except in tests. */
export const installed = (
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): { tesseract: string; core: string; data: string } => {
  const missing: string[] = []
  const folders = PACKAGES.map((name) => {
    try {
      return dirname(resolve(`${name}/package.json`))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')) throw error
      missing.push(name)
      return ''
    }
  })
  if (missing.length > 0) {
    throw new AppError(
      'unsupported_media_type',
      'Images are read by text recognition, which is not installed here. Install it with ' +
        `"${installCommand('tesseract.js', '@tesseract.js-data/eng')}", or upload the text as PDF, DOCX or plain text.`,
    )
  }
  const [tesseract = '', core = '', data = ''] = folders
  return { tesseract, core, data }
}
