import { writeFile } from 'node:fs/promises'

// A language model of random weights in the GGUF format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md),
// made in a moment: it writes rubbish, by the same way as one that does not, and never comes to an end by itself. Its
// tokens are single characters and bytes.

export interface GgufOptions {
  /** Tokens that it says it was trained with. */
  readonly context?: number
  /** Numbers of a token's vector, a multiple of 64; with `layers` it says how long a token takes. */
  readonly width?: number
  readonly layers?: number
  /** A part of the bytes is left out at the end. */
  readonly cutTo?: number
}

const HEADS = 2
const CHARACTERS = '▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789{}[]":,.'
/** Of a value in the metadata. */
const Type = { u32: 4, i32: 5, f32: 6, string: 8, array: 9 } as const
/** Of a token: what is written as it is, what stands for none or for an end, what stands for a byte. */
const Kind = { normal: 1, unknown: 2, control: 3, byte: 6 } as const
const TEMPLATE =
  "{% for m in messages %}<s>{{ m['role'] }}: {{ m['content'] }}</s>{% endfor %}{% if add_generation_prompt %}<s>assistant: {% endif %}"

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}
const string = (text: string): Buffer => Buffer.concat([u64(Buffer.byteLength(text)), Buffer.from(text)])
const array = (type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([u32(type), u64(items.length), ...items])

/** The first of the vocabulary. */
const CONTROLS = 3

function vocabulary(): readonly (readonly [text: string, kind: number])[] {
  const byte = (_: unknown, i: number): string => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`
  return [
    ['<unk>', Kind.unknown],
    ['<s>', Kind.control],
    ['</s>', Kind.control],
    ...Array.from({ length: 256 }, byte).map((text) => [text, Kind.byte] as const),
    ...Array.from(CHARACTERS, (text) => [text, Kind.normal] as const),
  ]
}

function metadata(width: number, layers: number, context: number): readonly Buffer[] {
  const entry = (key: string, type: number, value: Buffer): Buffer => Buffer.concat([string(key), u32(type), value])
  const count = (key: string, value: number): Buffer => entry(key, Type.u32, u32(value))
  const tokens = vocabulary()
  return [
    entry('general.architecture', Type.string, string('llama')),
    entry('general.name', Type.string, string('random')),
    count('general.file_type', 0),
    count('llama.context_length', context),
    count('llama.embedding_length', width),
    count('llama.block_count', layers),
    count('llama.feed_forward_length', 2 * width),
    count('llama.attention.head_count', HEADS),
    count('llama.attention.head_count_kv', HEADS),
    count('llama.rope.dimension_count', width / HEADS),
    entry('llama.attention.layer_norm_rms_epsilon', Type.f32, f32(1e-5)),
    entry('tokenizer.ggml.model', Type.string, string('llama')),
    entry(
      'tokenizer.ggml.tokens',
      Type.array,
      array(
        Type.string,
        tokens.map(([text]) => string(text)),
      ),
    ),
    entry(
      'tokenizer.ggml.scores',
      Type.array,
      array(
        Type.f32,
        tokens.map((_, i) => f32(-i)),
      ),
    ),
    entry(
      'tokenizer.ggml.token_type',
      Type.array,
      array(
        Type.i32,
        tokens.map(([, kind]) => u32(kind)),
      ),
    ),
    count('tokenizer.ggml.unknown_token_id', 0),
    count('tokenizer.ggml.bos_token_id', 1),
    count('tokenizer.ggml.eos_token_id', 2),
    entry('tokenizer.chat_template', Type.string, string(TEMPLATE)),
  ]
}

function tensors(width: number, layers: number): readonly (readonly [name: string, shape: readonly number[]])[] {
  const block = (i: number) =>
    (
      [
        ['attn_norm', [width]],
        ['attn_q', [width, width]],
        ['attn_k', [width, width]],
        ['attn_v', [width, width]],
        ['attn_output', [width, width]],
        ['ffn_norm', [width]],
        ['ffn_gate', [width, 2 * width]],
        ['ffn_up', [width, 2 * width]],
        ['ffn_down', [2 * width, width]],
      ] as const
    ).map(([name, shape]) => [`blk.${i}.${name}.weight`, shape] as const)
  const words = vocabulary().length
  return [
    ['token_embd.weight', [width, words]],
    ['output_norm.weight', [width]],
    ['output.weight', [width, words]],
    ...Array.from({ length: layers }, (_, i) => block(i)).flat(),
  ]
}

/** Ones for what scales, else small numbers, the same in every run (a linear congruential generator). */
function weights(shape: readonly number[], state: { seed: number }): Buffer {
  const values = new Float32Array(Math.ceil(shape.reduce((a, b) => a * b) / 8) * 8)
  for (let i = 0; i < values.length; i++) {
    state.seed = (Math.imul(state.seed, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    values[i] = shape.length === 1 ? 1 : state.seed / 0x7f_ff_ff_ff - 0.5
  }
  return Buffer.from(values.buffer)
}

export async function writeGgufModel(
  file: string,
  { context = 2048, width = 64, layers = 1, cutTo = 1 }: GgufOptions = {},
): Promise<void> {
  const entries = metadata(width, layers, context)
  const state = { seed: 1 }
  const infos: Buffer[] = []
  const data: Buffer[] = []
  let offset = 0
  for (const [name, shape] of tensors(width, layers)) {
    infos.push(Buffer.concat([string(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset)]))
    const bytes = weights(shape, state)
    if (name === 'output.weight') bytes.fill(0, 0, 4 * width * CONTROLS)
    data.push(bytes)
    offset += bytes.length
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(infos.length),
    u64(entries.length),
    ...entries,
    ...infos,
  ])
  const padding = Buffer.alloc((32 - (head.length % 32)) % 32)
  const whole = Buffer.concat([head, padding, ...data])
  await writeFile(file, whole.subarray(0, Math.floor(whole.length * cutTo)))
}
