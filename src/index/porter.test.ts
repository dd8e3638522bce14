import assert from 'node:assert/strict'
import { test } from 'node:test'
import { porterStem } from './porter.ts'

/** Examples of the rules in Porter's paper, each taken through all steps. */
const STEMS: Record<string, string> = {
  caresses: 'caress',
  ponies: 'poni',
  ties: 'ti',
  cats: 'cat',
  feed: 'feed',
  agreed: 'agre',
  plastered: 'plaster',
  bled: 'bled',
  motoring: 'motor',
  sing: 'sing',
  conflated: 'conflat',
  troubled: 'troubl',
  sized: 'size',
  hopping: 'hop',
  falling: 'fall',
  hissing: 'hiss',
  failing: 'fail',
  filing: 'file',
  happy: 'happi',
  sky: 'sky',
  relational: 'relat',
  conditional: 'condit',
  rational: 'ration',
  digitizer: 'digit',
  radically: 'radic',
  vietnamization: 'vietnam',
  operator: 'oper',
  hopefulness: 'hope',
  sensibility: 'sensibl',
  triplicate: 'triplic',
  formative: 'form',
  electrical: 'electr',
  goodness: 'good',
  revival: 'reviv',
  allowance: 'allow',
  replacement: 'replac',
  adjustment: 'adjust',
  adoption: 'adopt',
  homologous: 'homolog',
  probate: 'probat',
  rate: 'rate',
  cease: 'ceas',
  controlling: 'control',
  roll: 'roll',
  generalizations: 'gener',
  oscillators: 'oscil',
  yes: 'ye',
  as: 'as',
}

test('words lose the endings that the published rules take from them', () => {
  for (const [word, stem] of Object.entries(STEMS)) assert.equal(porterStem(word), stem, word)
})

test('words of other alphabets and with digits come through', () => {
  for (const word of ['größe', 'μελετ', '1990', 'слово']) assert.equal(porterStem(word), word)
})
