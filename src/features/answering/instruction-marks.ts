import type { Span } from '../../core/sentences.ts'

/**
 * What stands in a text to be read by a program rather than by a person: turns of a chat, calls of tools, addresses that
 * carry something out. Every pattern is bounded, so that its time is linear in the text's length.
 */

export type MarkKind = 'role_marker' | 'tool_call' | 'outgoing_link'

/** An address with a field that can be filled. In two steps: three gaps of a pattern, one in another, take their product in time. */
const carriesOut = (text: string): boolean => {
  const query = text.indexOf('?')
  return query > 0 && text.includes('=', query)
}

/** The last one says of what is found whether it is one. */
const MARKS: readonly (readonly [MarkKind, RegExp, ((found: string) => boolean)?])[] = [
  // Templates of chats: ChatML, Llama 2 and 3, Gemma, Mistral, Alpaca, Vicuna.
  ['role_marker', /<\|[a-z_]{2,30}\|>|<\/?(?:start_of_turn|end_of_turn)>|\[\/?INST\]|<<\/?SYS>>|<\/?s>(?=\s*\[)/gi],
  [
    'role_marker',
    /^[^\S\n]*#{1,6} ?(?:instruction|system|assistant|response|human|user|prompt|anweisung|instrucción)s?(?: prompt| message)? ?:?[^\S\n]*$/gim,
  ],
  ['role_marker', /^[^\S\n]*#{2,6} ?(?:instruction|system|assistant|human)s?:[^\S\n]*\S/gim],
  [
    'role_marker',
    /^[^\S\n]*[[<(*]{0,2}(?:system|assistant|developer|human)[\])>*]{0,2}(?: ?(?:prompt|message|note|override|instruction)s?)?:[*]{0,2}[^\S\n]*(?=(?:you|your|i|please|ignore|disregard|forget|from now|new|the user|do not|don.t|always|never|must)\b)/gim,
  ],
  [
    'role_marker',
    /\[(?:system|admin|developer|assistant)(?: (?:prompt|message|note|override|instruction)s?)?(?::[^\]\n]{0,200})?\]/gi,
  ],
  [
    'role_marker',
    /<\/?(?:system|assistant|user|human|instructions?|system_prompt|system-reminder|tool_results?|function_results?|documents?|context|evidence)>/gi,
  ],
  [
    'role_marker',
    /(?:^|\n)[^\S\n]*[-=]{3,}[^\S\n]*(?:end|begin|start)[^\S\n]+(?:of[^\S\n]+)?(?:the[^\S\n]+)?(?:evidence|context|documents?|data|instructions?|system|prompt|user)\b[^\n]{0,40}/gi,
  ],
  [
    'tool_call',
    /<\/?(?:tool_calls?|function_calls?|tools?|tool_use|invoke|functioncall)\b[^>\n]{0,100}>|\[TOOL_CALLS?\]/gi,
  ],
  [
    'tool_call',
    /\{\s{0,20}"(?:name|tool|function|tool_name|recipient_name|action)"\s{0,20}:\s{0,20}"[\w.-]{1,60}"\s{0,20},\s{0,20}"(?:arguments|parameters|args|input|action_input|tool_input)"/gi,
  ],
  ['tool_call', /"(?:tool_calls?|function_call)"\s{0,20}:\s{0,20}[[{]/gi],
  ['tool_call', /\b(?:search_documents|read_document|list_documents|web_search|open_url)\b(?=\s{0,5}[({:])/g],
  // An address that is to be filled with what the answer, or the chat, says.
  ['outgoing_link', /!\[[^\]\n]{0,200}\]\(\s{0,5}(?:https?:)?\/\/[^)\s]{1,600}/gi, carriesOut],
  [
    'outgoing_link',
    /<(?:img|iframe|script|object|embed|form|link|video|audio)\b[^>\n]{0,900}/gi,
    (tag) => {
      const address = /(?:src|href|action|data)\s{0,5}=\s{0,5}["']?(?:https?:)?\/\//i.exec(tag)
      return address !== null && carriesOut(tag.slice(address.index + address[0].length))
    },
  ],
  ['outgoing_link', /\b(?:https?:\/\/|www\.)[^\s?]{1,300}\?[^\s=]{0,100}=(?:\{|\[|<|%7B|%5B|%3C)[^\s]{1,100}/gi],
]

/** Beginnings of marks, so that most texts are looked at once. */
const ANY =
  /[<[{#=]|--|^[^\S\n]{0,20}[*(]{0,2}(?:system|assistant|developer|human)\b|"(?:tool|func)|_(?:documents?|search|url)\b|\?/im

/** In reading order; one may lie within another. */
export function marksIn(text: string): (Span & { readonly kind: MarkKind })[] {
  if (!ANY.test(text)) return []
  return MARKS.flatMap(([kind, pattern, isOne = () => true]) =>
    Array.from(text.matchAll(pattern)).flatMap(({ 0: found, index }) => {
      if (!isOne(found)) return []
      const start = index + found.length - found.trimStart().length
      return [{ kind, start, end: index + found.trimEnd().length }]
    }),
  ).toSorted((a, b) => a.start - b.start)
}
