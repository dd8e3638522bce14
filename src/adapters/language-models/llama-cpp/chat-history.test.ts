import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatHistoryOf } from './chat-history.ts'

test('what came of a call stands in it, and all that the model says between two others is one answer', () => {
  const call = { type: 'functionCall', name: 'search' } as const
  assert.deepEqual(
    chatHistoryOf([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Why?' },
      {
        role: 'assistant',
        content: 'I look.',
        toolCalls: [
          { id: 'a1', name: 'search', arguments: '{"query":"rain"}' },
          { id: 'a2', name: 'search', arguments: 'no JSON' },
        ],
      },
      { role: 'tool', callId: 'a1', name: 'search', content: 'It rains.' },
      { role: 'tool', callId: 'a2', name: 'search', content: 'Nothing.' },
      { role: 'assistant', content: 'Because it rains.' },
      { role: 'user', content: 'Where?' },
    ]),
    [
      { type: 'system', text: 'Be brief.' },
      { type: 'user', text: 'Why?' },
      {
        type: 'model',
        response: [
          'I look.',
          { ...call, params: { query: 'rain' }, result: 'It rains.', startsNewChunk: true },
          { ...call, params: {}, result: 'Nothing.', startsNewChunk: false },
          'Because it rains.',
        ],
      },
      { type: 'user', text: 'Where?' },
      { type: 'model', response: [] },
    ],
  )
})

test('an answer whose calls have come back is gone on with', () => {
  const history = chatHistoryOf([
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'search', arguments: '{}' }] },
    { role: 'tool', callId: 'a', name: 'search', content: 'It rains.' },
  ])
  assert.deepEqual(history.at(-1), {
    type: 'model',
    response: [{ type: 'functionCall', name: 'search', params: {}, result: 'It rains.', startsNewChunk: true }],
  })
})
