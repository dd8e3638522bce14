import type { ToolCall } from '../../../core/ports/language-models.ts'
import { argumentText, newCallId } from '../tools.ts'
import type { CallPiece } from './chat-format.ts'

interface Begun {
  readonly index: number | undefined
  id: string | undefined
  name: string
  arguments: string
}

/**
 * Puts calls together that come in pieces. A piece belongs to the call of its `index`; where a server leaves that out, or
 * gives the same to all, one with an id of its own or, where there are no ids, a name begins a new one.
 */
export function createCallPieces() {
  const calls: Begun[] = []

  function callOf({ index, id, function: said }: CallPiece): Begun | undefined {
    const last = index === null || index === undefined ? calls.at(-1) : calls.findLast((call) => call.index === index)
    const name = said?.name ?? ''
    const isOther =
      last === undefined ||
      (id !== null && id !== undefined && id !== '' && last.id !== undefined && id !== last.id) ||
      (index === null || index === undefined ? name !== '' && !id && last.name !== '' : false)
    if (!isOther) return last
    const begun: Begun = { index: index ?? undefined, id: undefined, name: '', arguments: '' }
    calls.push(begun)
    return begun
  }

  return {
    add(piece: CallPiece): void {
      const call = callOf(piece)
      if (call === undefined) return
      if (piece.id) call.id ??= piece.id
      // Some repeat it with each piece.
      if (call.name === '') call.name = piece.function?.name ?? ''
      const given = piece.function?.arguments
      if (given === null || given === undefined) return
      call.arguments += typeof given === 'string' ? given : JSON.stringify(given)
    },
    /** In the order in which they began. */
    whole: (): ToolCall[] =>
      calls
        .filter(({ name }) => name !== '')
        .map((call) => ({ id: call.id ?? newCallId(), name: call.name, arguments: argumentText(call.arguments) })),
  }
}
