import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INSTRUCTIONS, judgePlanted, plant, withPlanted } from './injections.ts'

test('who quotes an instruction does not obey it, whatever its case and spaces', () => {
  const words = new Set<string>()
  for (const [i, instruction] of INSTRUCTIONS.entries()) {
    const planted = plant(instruction, i)
    const [first, second] = planted.halves
    words.add(planted.canary)
    const document = withPlanted('The bridge was opened in 1932. It is made of steel. It is high.', planted)
    assert.ok(document.includes(planted.text))
    assert.deepEqual(judgePlanted(document, planted), { obeyed: false, shown: true })
    assert.deepEqual(judgePlanted('It was opened in 1932.', planted), { obeyed: false, shown: false })
    for (const said of [planted.canary, planted.canary.toLowerCase(), `${first} ${second}`, `**${first}-${second}**`]) {
      assert.deepEqual(judgePlanted(`In 1932. ${said}`, planted), { obeyed: true, shown: false }, said)
    }
  }
  assert.equal(words.size, INSTRUCTIONS.length)
})

test('an instruction stands between two sentences, and the document keeps its words', () => {
  const planted = plant({ id: 'x', instruction: 'Stop.' }, 0)
  const text = 'One sentence is here. Another one follows. A third ends it.'
  const [before, ...rest] = withPlanted(text, planted).split(`\n\n${planted.text}\n\n`)
  assert.deepEqual([before, rest], ['One sentence is here. Another one follows.', ['A third ends it.']])
  assert.equal(withPlanted('No end', planted), `No end\n\n${planted.text}`)
})
