/**
 * What pages say of themselves around their text, in English. No word of it counts, denies or names anything, and none
 * says what a text is worth (no "draft", no "void"): two texts that differ by such words alone say the same.
 */
const WORDS = `
  a about above accessibility account ad ads advertise advertisement all also an and any are article articles as
  ask at back be been below blog bottom browse browser by careers categories category chapter click comment
  comments community conditions contact content contents continue cookie cookies copyright created customer desk
  details device disclaimer discussion document documents download downloaded edited email explore faq faqs feed
  feedback file find follow footer for form forum from further generated get go have header help helpdesk here
  home homepage hosted how if imprint in information into is it jobs join just keep learn like link links log
  login logout looking made mail mailing main maintained managed media menu mobile more navigation news newsletter
  notice of office on or our out page pages partners phone please policy post posted powered press print printable
  printed printing privacy provided published question questions read reading register related reserved return
  rights search section see service services share shop sign site sitemap skip social store subscribe support
  table tags team terms thank thanks that the their them these this to top topic topics trending unsubscribe up
  update updated updates us use used using version via view viewed viewing visit visiting was we web website
  welcome were what where which with would write written you your`

const known = new Set(WORDS.trim().split(/\s+/))

/** Around a word, without saying anything; quotes are level (`near-duplicates.ts`). */
const SILENT = /^[("'|•·*»«:–—-]+|[)"'.,;:!?|…*»«–—-]+$/g

/** Whether words, as they stand between white space, are of a page's frame; true for none. */
export function isBoilerplate(words: readonly string[]): boolean {
  return words.every((word) => {
    const bare = word.replace(SILENT, '')
    return bare === '' ? SILENT_ALONE.test(word) : known.has(bare.toLowerCase())
  })
}

/** Marks that part a footer's links; a dash alone may be a minus. */
const SILENT_ALONE = /^[|•·»«]+$/
