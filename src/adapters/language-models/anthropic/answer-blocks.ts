import type { ToolCall } from '../../../core/ports/language-models.ts'
import type { WireEvent } from '../remote-model.ts'
import { argumentText, newCallId } from '../tools.ts'
import { ANSWER_TOOL } from './message-format.ts'
import type { Block, StreamEvent } from './message-format.ts'

interface Open {
  readonly block: Block
  text: string
  signature: string
}

type Delta = Extract<StreamEvent, { type: 'content_block_delta' }>['delta']

/** Puts the blocks of an answer together. Text is given as it comes; calls when the answer is whole. */
export function createAnswerBlocks() {
  const open = new Map<number, Open>()
  const thinking: Block[] = []
  const calls: ToolCall[] = []
  /** What an answer by schema is, where it comes as a call of our own tool. */
  let answer = ''

  return {
    *begin(index: number, block: Block): Generator<WireEvent> {
      open.set(index, { block, text: '', signature: '' })
      if (block.type === 'text' && block.text) yield { type: 'text', text: block.text }
    },
    *add(index: number, delta: Delta): Generator<WireEvent> {
      if (delta.type === 'text_delta' && delta.text) yield { type: 'text', text: delta.text }
      const of = open.get(index)
      if (of === undefined) return
      of.text += delta.partial_json ?? delta.thinking ?? ''
      of.signature += delta.signature ?? ''
    },
    end(index: number): void {
      const of = open.get(index)
      if (of === undefined) return
      open.delete(index)
      const { block, text, signature } = of
      if (block.type === 'redacted_thinking') thinking.push(block)
      if (block.type === 'thinking') {
        const before = (name: string): string => (typeof block[name] === 'string' ? block[name] : '')
        thinking.push({ ...block, thinking: before('thinking') + text, signature: before('signature') + signature })
      }
      if (block.type !== 'tool_use' || typeof block['name'] !== 'string') return
      const written = argumentText(text === '' ? block['input'] : text)
      if (block['name'] === ANSWER_TOOL) answer = written
      else calls.push({ id: block.id ?? newCallId(), name: block['name'], arguments: written })
    },
    /** The calls; the first one carries what was thought before them. */
    *whole(): Generator<WireEvent> {
      if (answer !== '') yield { type: 'text', text: answer }
      for (const [i, call] of calls.entries()) {
        const state = i === 0 && thinking.length > 0 ? { state: JSON.stringify(thinking) } : {}
        yield { type: 'call', call: { ...call, ...state } }
      }
    },
  }
}
