import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import { readHere } from '../files.fixture.ts'
import { createDocumentReader } from '../reader.ts'
import { installed } from './recognise.ts'
import { imageSize, tiffPages } from './size.ts'

/** Letters of five by seven dots, a row a number. */
const FONT: Readonly<Record<string, readonly number[]>> = {
  E: [31, 16, 16, 30, 16, 16, 31],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  L: [16, 16, 16, 16, 16, 16, 31],
  N: [17, 25, 21, 21, 19, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  T: [31, 4, 4, 4, 4, 4, 4],
}
const SCALE = 6

/** A grey PNG with the words in black on white. */
const pngOf = (words: string, stated?: number): Uint8Array => {
  const width = (words.length * 6 + 8) * SCALE
  const height = 15 * SCALE
  const rows = Array.from({ length: height }, (_, y) => {
    const row = Buffer.alloc(width + 1, 255)
    row[0] = 0
    for (let x = 0; x < width; x += 1) {
      const [column, line] = [Math.floor(x / SCALE) - 4, Math.floor(y / SCALE) - 4]
      const dots = FONT[words.charAt(Math.floor(column / 6))]?.[line] ?? 0
      if (column >= 0 && column % 6 < 5 && ((dots >> (4 - (column % 6))) & 1) === 1) row[x + 1] = 0
    }
    return row
  })
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(stated ?? width)
  header.writeUInt32BE(stated ?? height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const isInstalled = (): boolean => {
  try {
    createRequire(import.meta.url).resolve('tesseract.js/package.json')
    return true
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'MODULE_NOT_FOUND')
    return false
  }
}
const skip = isInstalled() ? false : 'the optional package tesseract.js is not installed'

test('words in an image are recognised, without a network', { skip }, async () => {
  const reader = createDocumentReader()
  const document = await reader.read(pngOf('HELLO TO THE LION'), 'scan.png')
  await reader.close()
  assert.equal(document.parser, 'image-ocr')
  const [block] = document.blocks
  assert.match(block !== undefined && 'text' in block ? block.text : '', /HELLO TO THE LION/i)
  assert.match(document.warnings.join(), /may hold mistakes/)
})

test('an image that would take all memory is refused before it is decoded', async () => {
  await assert.rejects(readHere(pngOf('HI', 60_000), 'scan.png'), { code: 'document_too_complex' })
})

test('without the package the error names it', () => {
  const absent = (): never => {
    throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' })
  }
  assert.throws(() => installed(absent), {
    code: 'unsupported_media_type',
    message: /npm install --ignore-scripts tesseract\.js@/,
  })
})

test('sizes and pages are read from the headers', () => {
  assert.deepEqual(imageSize(pngOf('HI')), { width: 120, height: 90 })
  const tiff = Buffer.alloc(8 + 2 * 42)
  tiff.write('II*\0', 'latin1')
  tiff.writeUInt32LE(8, 4)
  for (const at of [8, 50]) {
    tiff.writeUInt16LE(2, at)
    for (const [index, [tag, value]] of [
      [256, 300],
      [257, 200],
    ].entries()) {
      tiff.writeUInt16LE(tag ?? 0, at + 2 + index * 12)
      tiff.writeUInt16LE(3, at + 4 + index * 12)
      tiff.writeUInt32LE(1, at + 6 + index * 12)
      tiff.writeUInt16LE(value ?? 0, at + 10 + index * 12)
    }
    tiff.writeUInt32LE(at === 8 ? 50 : 0, at + 26)
  }
  assert.deepEqual(imageSize(tiff), { width: 300, height: 200 })
  assert.equal(tiffPages(tiff), 2)
})
