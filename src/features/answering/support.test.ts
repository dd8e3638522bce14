import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClaim, readQuote } from './read-claim.ts'
import { objectionTo, supportOf } from './support.ts'
import { readText } from './read-text.ts'

const QUOTE = 'In 1932 the Sydney Harbour Bridge was opened by premier Jack Lang before one million people.'
const check = (sentence: string, context = '') => {
  const { verdict, doubt } = supportOf(readClaim(sentence), readQuote(QUOTE, readText(context)), () => 1)
  return [verdict, doubt]
}

test('a sentence whose numbers, names and words stand in the quote is supported', () => {
  assert.deepEqual(check('Jack Lang opened the Sydney Harbour Bridge in 1932.'), ['supported', null])
  assert.deepEqual(check('The bridge was opened before 1,000,000 people.'), ['supported', null])
})

test('another number or name is not', () => {
  assert.deepEqual(check('Jack Lang opened the Sydney Harbour Bridge in 1933.'), ['unsupported', 'number'])
  assert.deepEqual(check('The bridge was opened by Joseph Lyons.'), ['unsupported', 'name'])
})

test('a name may stand in the context', () => {
  assert.deepEqual(check('The bridge in Australia was opened in 1932.'), ['unsupported', 'name'])
  assert.deepEqual(check('The bridge in Australia was opened in 1932.', 'Bridges of Australia'), ['supported', null])
})

test('too few of the words found is doubtful, then unsupported', () => {
  assert.deepEqual(check('The bridge was opened by the premier, who rejoiced loudly.'), ['doubtful', 'coverage'])
  assert.deepEqual(check('Engineers calculated its steel arches very carefully.'), ['unsupported', 'coverage'])
})

test('a name in the place of another that the quote has there is not, though it stands elsewhere', () => {
  const quote = 'Davis had four sacks, while Kuechly led the team and Norman intercepted two passes.'
  const named = (sentence: string, title = '') => {
    const { verdict, doubt } = supportOf(readClaim(sentence), readQuote(quote, readText(title)), () => 1)
    return [verdict, doubt]
  }
  assert.deepEqual(named('Davis had four sacks, while Kuechly led the team.'), ['supported', null])
  assert.deepEqual(named('Davis had four sacks, while Norman led the team.'), ['unsupported', 'name'])
  assert.deepEqual(named('There were four sacks, while Panthers led the team.', 'Carolina Panthers'), [
    'unsupported',
    'name',
  ])
  assert.notEqual(named('While Norman intercepted two passes, Davis had four sacks.')[0], 'unsupported')
})

test('a sentence that leaves out a coordinated neighbour of a name is in doubt, and not refused', () => {
  const named = (sentence: string, quote: string) => {
    const { verdict, doubt } = supportOf(readClaim(sentence), readQuote(quote, readText('')), () => 1)
    return [verdict, doubt]
  }
  const doubtful = ['doubtful', 'name']
  const song = 'The song was written by Lennon and McCartney and recorded in 1965.'
  assert.deepEqual(named('The song was written by McCartney and recorded in 1965.', song), doubtful)
  const train = 'The train runs from Marseille to Lyon and on to Paris on Sunday.'
  assert.deepEqual(named('The train runs from Lyon to Paris on Sunday.', train), doubtful)
  const three = 'The song was sung by Ringo Starr, or George Harrison or Paul McCartney, and recorded in 1965.'
  assert.deepEqual(
    named('The song was sung by Paul McCartney or George Harrison and recorded in 1965.', three),
    doubtful,
  )
  const then = 'The song was written by Lennon and later with McCartney and recorded in 1965.'
  assert.deepEqual(named('The song was written by McCartney and recorded in 1965.', then), doubtful)
  const comma = 'The song was written by Lennon in one night, and McCartney recorded it in 1965.'
  assert.equal(named('The song was written by McCartney in one night and recorded in 1965.', comma)[0], 'unsupported')
  // It stands in the same clause, but does something else.
  const apart = 'The song was written by Lennon in one night and McCartney recorded it in 1965.'
  assert.deepEqual(named('The song was written by McCartney in one night and recorded in 1965.', apart), [
    'unsupported',
    'name',
  ])
})

const says = (sentence: string, quote: string): string | null =>
  supportOf(readClaim(sentence), readQuote(quote, readText('')), () => 1).doubt

test('a number in another form is the same', () => {
  assert.notEqual(says('The islands were taken in the fifteenth century.', 'The islands were taken in 1402.'), 'number')
  assert.equal(says('The islands were taken in the sixteenth century.', 'The islands were taken in 1402.'), 'number')
  const both = 'The New Testament came out in 1523 and the whole Bible in 1530.'
  assert.notEqual(says('The whole Bible came out seven years later.', both), 'number')
  assert.equal(says('The whole Bible came out nine years later.', both), 'number')
  assert.notEqual(says('The fee is 30 million pounds.', 'The fee is £30m.'), 'number')
  assert.notEqual(says('About a third of the forest is lost.', 'Of the forest 30% is lost.'), 'number')
  assert.equal(says('A tenth of the forest is lost.', 'Of the forest 30% is lost.'), 'number')
  const named = 'BSkyB and Virgin Media agreed on channels.'
  assert.notEqual(says('The two companies agreed on channels.', named), 'number')
  assert.equal(says('The two companies agreed on channels.', 'All five companies agreed on channels.'), 'number')
})

test('a count is not made up for what the quote does not count, nor in place of what it counts', () => {
  const merged = 'The companies Alpha and Beta merged in May.'
  assert.notEqual(says('The two companies Alpha and Beta merged.', merged), 'number')
  assert.equal(says('The four companies Alpha and Beta merged.', merged), 'number')
  assert.notEqual(says('The three cities grew.', 'The cities Lyon, Paris and Lille grew.'), 'number')
  assert.equal(says('The two cities grew.', 'The cities Lyon, Paris and Lille grew.'), 'number')
  assert.notEqual(says('All three reactors were shut down.', 'A trio of reactors was shut down.'), 'number')
  assert.equal(says('The three reactors were shut down.', 'A pair of reactors was shut down.'), 'number')
  assert.notEqual(says('The two were shut down.', 'The reactor was shut down with the turbine.'), 'number')
  assert.equal(says('The two were shut down.', 'Five reactors were shut down.'), 'number')
  assert.equal(says('Two were shut down.', 'The reactor was shut down with the turbine.'), 'number')
  const one = 'One of the reactors of Alpha and Beta was shut down.'
  assert.equal(says('All four of the reactors were shut down.', one.replace(' of Alpha and Beta', '')), 'number')
  assert.equal(says('Both of the two reactors of Alpha and Beta were shut down.', one), 'number')
  assert.equal(says('All three reactors were shut down.', 'The reactors were shut down.'), 'number')
})

const verdictOf = (sentence: string, quote: string): string =>
  supportOf(readClaim(sentence), readQuote(quote, readText('')), () => 1).verdict

test('a word for a group counts what stands beside it, and nothing that is many times or a part of it', () => {
  const twoDozen = 'Two dozen soldiers died in the battle.'
  assert.equal(says('12 soldiers died in the battle.', twoDozen), 'number')
  assert.notEqual(says('24 soldiers died in the battle.', twoDozen), 'number')
  for (const dozen of ['Half a dozen', 'A half dozen', 'Several dozen', 'A few dozen', 'A couple of dozen'])
    assert.equal(says('Twelve soldiers died in the battle.', `${dozen} soldiers died in the battle.`), 'number', dozen)
  assert.notEqual(says('Twelve soldiers died in the battle.', 'A dozen soldiers died in the battle.'), 'number')
  assert.notEqual(says('Several dozen soldiers died.', 'Several dozen soldiers died in the battle.'), 'number')
  assert.notEqual(says('Various dozen soldiers died.', 'Several dozen soldiers died in the battle.'), 'number')
  assert.equal(says('Several dozen soldiers died.', 'A dozen soldiers died in the battle.'), 'number')
  assert.equal(says('The committee has 12 members.', 'The committee has members from half a dozen parties.'), 'number')
  const valves = 'The pump has many valves, and a couple of sensors.'
  assert.equal(says('The pump has 2 valves.', valves), 'number')
  assert.equal(says('The pump has two valves.', valves.replace('couple', 'pair')), 'number')
  assert.notEqual(says('The pump has two sensors.', valves.replace('couple', 'pair')), 'number')
  assert.equal(says('2 people were killed.', 'Neither pilot was hurt, but people were killed.'), 'number')
  assert.equal(says('It was given to 3 patients.', 'It was given to patients in a triple dose.'), 'number')
  const trio = 'A trio of young officers died there.'
  assert.notEqual(says('The three officers died there.', trio), 'number')
  assert.notEqual(says('All three of the young officers died there.', trio), 'number')
  assert.notEqual(says('All three died there.', trio), 'number')
  assert.equal(says('The three dogs of young officers died there.', `${trio} So did dogs.`), 'number')
  for (const before of ['Half of the trio', 'One of the trio', 'Every trio', 'A fourth trio'])
    assert.equal(says('The three officers died there.', trio.replace('A trio', before)), 'number', before)
  assert.notEqual(says('The two reactors failed.', 'Both of the reactors failed.'), 'number')
  assert.equal(says('The two pumps failed.', 'Both reactors failed, and the pumps.'), 'number')
})

test('“the two” with a noun of its own is doubtful at most, where the quote counts and names nothing', () => {
  const closed = 'The hospitals in the city were closed.'
  assert.equal(verdictOf('The two hospitals in the city were closed.', closed), 'doubtful')
  assert.equal(says('The two hospitals in the city were closed.', closed), 'number')
  assert.equal(verdictOf('The two other hospitals were closed.', closed), 'doubtful')
  assert.equal(verdictOf('The two were closed.', closed), 'supported')
  assert.equal(verdictOf('The two of them merged in May.', 'They merged in May.'), 'supported')
  assert.equal(verdictOf('The two merged in May.', 'They merged in May.'), 'supported')
  assert.equal(verdictOf('The two merged companies were closed.', 'The merged companies were closed.'), 'doubtful')
  assert.equal(verdictOf('The two vaccines are safe.', 'All vaccines are safe.'), 'unsupported')
  assert.equal(verdictOf('The two are safe.', 'All vaccines are safe.'), 'doubtful')
  assert.equal(verdictOf('The two hospitals were closed.', 'A trio of hospitals were closed.'), 'unsupported')
  assert.equal(verdictOf('The 2 hospitals were closed.', closed), 'unsupported')
})

test('vectors do not settle a number that is in doubt', () => {
  const claim = readClaim('The two hospitals were shut.')
  const quote = readQuote('The hospitals in the city were closed.', readText(''))
  assert.deepEqual(objectionTo(claim, claim, quote, 0.6), { verdict: 'doubtful', doubt: 'number', coverage: 0.6 })
})

test('years of a quote give a span only together, where it states none', () => {
  const stated = 'The siege lasted for 2 years from 1914, and a monument was built in 1934.'
  assert.equal(says('The siege lasted for 20 years.', stated), 'number')
  assert.equal(says('The siege lasted for 20 years.', 'The siege lasted for 2 years, from 1914 to 1934.'), 'number')
  const apart = 'The siege began in 1914. A monument was built in 1934.'
  assert.equal(says('The siege lasted for 20 years.', apart), 'number')
  const clauses = apart.replace('. A', ', and a')
  assert.equal(says('The siege lasted for 20 years.', clauses), 'number')
  assert.notEqual(says('Twenty years later a monument was built.', clauses), 'number')
  assert.equal(says('Twenty years later a monument was built.', apart), 'number')
  for (const span of ['from 1914 to 1934', '(1914–1934)', 'in the years 1914–34'])
    assert.notEqual(says('The siege lasted for 20 years.', `The siege lasted ${span}.`), 'number', span)
})

test('a name that stands where the quote has another is missing, also where its last word is there', () => {
  const quote = 'They were given land above the falls of the James River.'
  assert.deepEqual(says('They were given land above the falls of the Potomac River.', quote), 'name')
  assert.equal(
    supportOf(readClaim('They were given land above the Potomac River.'), readQuote(quote, readText('')), () => 1)
      .verdict,
    'unsupported',
  )
  assert.equal(
    supportOf(readClaim('In 1932 Bob Lang opened it.'), readQuote('In 1932 Lang opened it.', readText('')), () => 1)
      .verdict,
    'doubtful',
  )
})
