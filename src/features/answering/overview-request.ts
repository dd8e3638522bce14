import type { Turn } from './answer.ts'
import { goesOn } from './follow-up.ts'
import { hasPronoun } from './question-parts.ts'
import { pagesNamed, withoutAddresses } from './web-addresses.ts'
import { wordsOf } from './words.ts'

const list = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/**
 * Words that requests for a summary are made of, all in lower case: English, German, Spanish, French, Italian, Portuguese,
 * Dutch, Polish, Russian and Arabic. What has any other word asks for something of its own, such as one chapter.
 */
const ASK = list(
  'summarise summarize summarising summarizing summary summaries tldr tl overview gist recap synopsis digest ' +
    'zusammen zusammenfassen zusammenfassung überblick kurzfassung inhaltsangabe ' +
    'resume resuma resumas resumir resumen resúmeme resúmelo resúmela resúmalo resúmala síntesis sintetiza ' +
    'résume résumes résumez résumer résumé synthèse synthétise ' +
    'riassumi riassuma riassumere riassunto riassumimi sintesi sintetizza ' +
    'resumo resumes sintetize síntese ' +
    'samenvatting samenvatten samen overzicht ' +
    'podsumuj podsumowanie streść streszczenie streścić ' +
    'резюмируй резюмируйте резюме суммируй обобщи обобщите изложи изложите пересказ перескажи перескажите сводка ' +
    'لخص لخّص لخصي لخصوا ملخص ملخصا ملخصًا تلخيص تلخّص خلاصة',
)
/** With one of `SAY`: “what does it say?”. */
const WHAT = list(
  'what whats was worum wovon welche welches qué que quoi cosa che wat waar waarover co czym что чём чем ماذا ما عما عمّا بماذا',
)
const SAY = list(
  'say says said about contain contains cover covers state states tell tells content contents deal deals ' +
    'sagt sagen steht stehen geht handelt enthält inhalt erzählt behandelt ' +
    'dice dicen trata tratan contiene contenido cuenta habla ' +
    'dit disent parle parlent contient contenu raconte traite ' +
    'parla contenuto ' +
    'diz dizem fala contém conteúdo ' +
    'zegt zeggen staat gaat vertelt inhoud bevat ' +
    'mówi jest zawiera treść traktuje opowiada dotyczy ' +
    'говорит говорится сказано написано речь содержит содержание рассказывает ' +
    'تقول يقول تتحدث يتحدث يتناول تتناول محتوى يحتوي تحتوي يدور',
)
/** Of these, what is also the name of a thing: right behind `WHAT` it is one, as in “what states are in it?”. */
const THINGS = list('states deals covers content contents inhalt contenido contenu contenuto conteúdo inhoud')
/** What is to be summed up. */
const TEXT = list(
  'page webpage website site article document doc pdf file text link url post paper report story blog attachment ' +
    'seite webseite internetseite artikel dokument datei beitrag bericht verlinkte ' +
    'página artículo documento archivo texto enlace sitio informe fichero ' +
    'fichier texte lien rapport ' +
    'pagina articolo documento testo collegamento sito rapporto ' +
    'artigo arquivo ficheiro relatório ' +
    'bestand tekst verslag webpagina ' +
    'strona strony stronę artykuł artykułu dokumentu plik pliku tekst tekstu raport raportu link ' +
    'страница страницу странице страницы статья статью статье статьи документ документе документа файл файла текст тексте текста сайт сайте сайта ссылка ссылке ' +
    'الصفحة صفحة المقال المقالة مقال مقالة المستند الوثيقة وثيقة الملف ملف النص الرابط الموقع التقرير',
)
/** Words around these. */
const AROUND = list(
  'please can could would you will i want need like a an the this that it its of for me us to in on at from and is are does do ' +
    'give make write provide create show get short brief briefly quick quickly concise main key most important points point ' +
    'sentence sentences words paragraph paragraphs bullet bullets list up sum down up few one two three four five six ten ' +
    'all whole entire full main contents here there following attached linked dr s ' +
    'bitte kannst könntest können sie du mir uns fass fasse fassen gib geben erstelle erstellen schreibe kurz kurze kurzen eine einen ein der die das dem ' +
    'den des dies diese dieser dieses diesem im in auf von es um wichtigsten punkte sätzen sätze drei fünf zwei wenigen worten ' +
    'por favor puedes podrías puede me haz hazme dame da un una unos el la los las lo este esta esto de del en sobre breve corto ' +
    'corta brevemente principales puntos frases tres cinco ' +
    's’il s il vous te plaît plait peux pouvez tu moi donne fais faites le la les ce cet cette cela du des un une bref brève court ' +
    'courte brièvement points principaux phrases en trois cinq quelques sur dans est qu ' +
    'per favore puoi potresti fammi fai dammi il lo gli questo questa questi di del della dello un uno breve brevemente punti ' +
    'principali frasi tre cinque in su qual è ' +
    'você pode poderia faça me dê o a os as um uma este esta isto do da no na sobre breve curto pontos principais frases três ' +
    'alsjeblieft kun je kunt u vat geef maak mij me de het dit deze een kort korte over in op van zinnen drie vijf belangrijkste punten ' +
    'proszę czy możesz mi tę ta to ten tego tej na o w krótko krótkie kilku zdaniach zrób napisz ' +
    'пожалуйста можешь можете мне эту этот это эта этой этом этого о об в на кратко краткое краткую коротко содержание дай дайте сделай сделайте ' +
    'напиши нескольких предложениях пару слов идёт идет здесь ' +
    'من فضلك هذا هذه لي في عن على أعطني اكتب قدم قدّم موجز موجزا باختصار هل يمكنك',
)
/** How long it is to be, by these: “in 3 sentences”. A number that counts none of them is one of the text's own, as in “article 5”. */
const COUNTED = list(
  'sentence sentences word words paragraph paragraphs bullet bullets point points line lines minutes ' +
    'satz sätzen sätze worten wörtern wörter punkte punkten stichpunkte stichpunkten zeilen absätze absätzen ' +
    'frases palabras puntos líneas párrafos phrases mots lignes paragraphes frasi parole punti righe paragrafi ' +
    'palavras pontos linhas parágrafos zinnen woorden punten regels alinea zdaniach zdania zdań słów słowach punktach punktów ' +
    'предложениях предложения предложений словах слов пунктах пунктов абзацах جمل كلمات نقاط أسطر',
)
const NUMBER = /^\d{1,4}$/
const NUMBER_WORDS = list(
  'one two three four five six ten zwei drei vier fünf tres cinco trois cinq tre cinque três drie vijf',
)
/** Between a number and what it counts: “3 short sentences”. */
const OF_COUNTED = list('short brief concise key main bullet kurze kurzen kurz most important wichtigsten')
/** What stands behind these is one thing that the text says something about, but for words of a question or of a wish. */
const ABOUT = list('about over über sobre об о про عن')
const BEHIND_ABOUT = list('please bitte por in auf en for')
/** These may also say where: “on the page”. */
const ON = list('on sur su')
/** With the name of a text behind them they only point at it. */
const THIS = list(
  'this that these it its dies diese dieser dieses diesem das este esta esto ce cet cette questo questa isto dit deze ten tej tę ta to ' +
    'эту этот это эта этой этом этого هذا هذه',
)
/** A writer may be asked for it in another language: “in German”. */
const LANGUAGE = list(
  'english german spanish french italian portuguese dutch polish russian arabic chinese japanese ' +
    'englisch deutsch spanisch französisch italienisch inglés alemán español francés italiano portugués ' +
    'anglais allemand espagnol français italien inglese tedesco spagnolo francese inglês alemão espanhol português ' +
    'engels duits nederlands angielsku polsku niemiecku английском русском немецком بالعربية بالإنجليزية',
)
const IN = list('in auf en em po na на')
const ARABIC = /^\p{Script=Arabic}/u

/** Chinese and Japanese, whose words are not parted: what asks, and what may stand around it, the longest first. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
const UNSPACED_ASK =
  /总结|總結|概括|概述|概要|摘要|归纳|歸納|简介|要約|要点|まとめ|サマリー|(?:讲|講|说|說|写|寫)(?:了|的|的是)*(?:些)?(?:什么|什麼|啥)|(?:何|なに|なん)(?:が|と|を|について)?(?:書|言|述べ|説明)/u
const UNSPACED_AROUND =
  /请|請|帮我|幫我|帮忙|给我|給我|麻烦|一下|一個|一个|简单|簡單|简短|简要|簡短|这个|這個|这篇|這篇|这份|這份|这|這|该|本|网页|網頁|页面|頁面|网站|網站|文章|文档|文檔|文件|链接|連結|报告|報告|内容|內容|主要|里|裡|上|中|的|了|吗|嗎|是|用|句话|句話|几|三|五|一|中文|英文|日本語|英語|ウェブ|サイト|ページ|記事|文書|資料|ファイル|リンク|テキスト|この|その|これ|それ|簡潔|簡単|短く|して|てください|ください|下さい|くれ|お願い|あり|ます|ませ|ましょう|か|の|を|に|は|が|と|で|いる|い|て|れ|る|し|え|ん|何|なに|書|言|について|教/gu

/**
 * Whether a question asks for nothing but what a text says as a whole: for a page that it names, or for the document that it
 * may be answered from. An address alone asks for that, too. In a chat a request that names no text, such as “sum it up”, or
 * that points at something beside it, such as “what does the document say of it?”, means what was said before.
 */
export function asksForOverview(question: string, history: readonly Turn[] = []): boolean {
  const isPage = pagesNamed(question).length > 0
  const rest = isPage ? withoutAddresses(question) : question
  if (isPage && pagesNamed(rest).length > 0) return true
  const isAlone = isPage || history.length === 0
  if (UNSPACED.test(rest)) {
    const left = rest.replace(UNSPACED_ASK, '').replace(UNSPACED_AROUND, '')
    return UNSPACED_ASK.test(rest) && isAlone && !/[\p{L}\p{N}]/u.test(left)
  }
  const words = wordsOf(rest).map(({ lower }) => lower)
  const has = (one: ReadonlySet<string>): boolean => words.some((word) => one.has(word))
  const isSummary = has(ASK) || (words.includes('sum') && words.includes('up'))
  const isAsked = isSummary || (has(WHAT) && has(SAY))
  if (!isAsked || !words.every((_, at) => isKnown(words, at)) || isAboutOne(words, isSummary)) return false
  if (history.length === 0) return true
  // “What about the other page?” asks anew what was asked before.
  if (!isSummary && goesOn(question)) return false
  return isPage || (has(TEXT) && !hasPronoun(withoutPointers(words)))
}

/** Whether a word is one that such requests are made of, where it stands. */
function isKnown(words: readonly string[], at: number): boolean {
  const word = words[at] ?? ''
  const before = words[at - 1] ?? ''
  if (LANGUAGE.has(word)) return ARABIC.test(word) || IN.has(before) || (words[at - 2] === 'in' && before === 'het')
  const isBehindText = TEXT.has(before) || COUNTED.has(before)
  if (NUMBER.test(word)) return !isBehindText && counts(words, at)
  if (NUMBER_WORDS.has(word)) return !isBehindText
  return [ASK, WHAT, SAY, TEXT, AROUND, COUNTED].some((known) => known.has(word))
}

function counts(words: readonly string[], at: number): boolean {
  const next = words.slice(at + 1).find((word) => COUNTED.has(word) || !OF_COUNTED.has(word))
  return next !== undefined && COUNTED.has(next)
}

/** Whether the request names one thing that the text is to be about, in words that could also be the request's own: “about deals”. */
function isAboutOne(words: readonly string[], isSummary: boolean): boolean {
  return words.some((word, at) => {
    if (WHAT.has(words[at - 1] ?? '') && THINGS.has(word)) return true
    const [first, second = ''] = words.slice(at + 1)
    if (first === undefined) return false
    const isPointed = THIS.has(first) && TEXT.has(second)
    if (ON.has(word)) return SAY.has(first) || (THIS.has(first) && !isPointed)
    // “A summary about this page” is one of all of it.
    return ABOUT.has(word) && !(isSummary && isPointed) && ![WHAT, ASK, BEHIND_ABOUT].some((known) => known.has(first))
  })
}

/** Without what only points at a text: “this document”. */
const withoutPointers = (words: readonly string[]): string =>
  words.filter((word, at) => !(THIS.has(word) && TEXT.has(words[at + 1] ?? ''))).join(' ')
