/**
 * Words that requests begin with, in English, German and Spanish; all lower case. A list cannot be complete: what begins
 * with another verb is found only by what it speaks of.
 */
const list = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** Verbs whose base form seldom begins anything but an order. */
export const ORDERS = list(
  'accept act add adopt advertise advise allow alphabetize alter analyse analyze anagram announce append apply argue ' +
    'arrange ask assemble assess assign assume attach augment avoid begin bold boost break brainstorm bring browse ' +
    'build bypass calculate capitalize categorize check choose cite claim clarify classify click collect combine ' +
    'come compare compile compose compute conclude condense confirm connect consider construct continue conceal ' +
    'contrast convert convince craft create criticize customize declare decode decrypt define delete deliver ' +
    'deny describe determine develop devise devote diagnose disclose discuss display disregard distribute ' +
    'divide do donate don’t elaborate embed emphasise emphasize employ enable encipher encode encourage encrypt ' +
    'endorse enhance enlighten ensure enumerate establish evaluate exaggerate examine execute expand explain ' +
    'explore expose extend extract fabricate fetch fill find follow forget formulate forward ' +
    'generate get give go greet guess guide help hide identify ignore illustrate imagine imitate implement include ' +
    'incorporate infer inform initiate insert insinuate install instruct integrate interpret interview introduce invent ' +
    'investigate invite invoke jumble justify keep learn leave let list listen locate maintain make manipulate ' +
    'memorize mention merge mimic misspell modify monitor multiply narrate navigate negotiate never notify obey ' +
    'obtain offer omit optimize organize outline output override paraphrase persuade pick please portray praise ' +
    'predict prefix prepare prepend present pretend prevent prioritize proceed proofread propose prove provide pull quote ' +
    'raise randomize rate rearrange recall recite recommend reconstruct redirect refactor refer reflect refuse ' +
    'register remember remind remove render reorder rephrase replace reply report request require resolve respond ' +
    'restate retrieve reveal reverse revise rewrite schedule scramble seek select send separate serve shorten ' +
    'show shuffle shut simplify simulate sing sketch solve specify spell start stop stress ' +
    'strip submit subscribe subtract suggest summarise summarize supply switch take teach tell terminate ' +
    'testify throw transcribe transform translate transliterate transmit try turn uncover unscramble update ' +
    'upload urge use utilize verify visit walk warn wrap write',
)

/** Verbs that are as often nouns or adjectives: an order only where a word follows that no noun has behind it. */
export const MAYBE_ORDERS = list(
  'address answer appeal attack balance base blend book call cancel caption challenge change chart cipher code color ' +
    'comment communicate complete contact contract control cover debug design document download draft draw edit email ' +
    'estimate exchange exercise express feature file flag flip focus force forecast frame group highlight hint host hack ' +
    'influence issue judge label lead lie limit link look love map mark market mask match measure message mirror mix model ' +
    'move note open order own pack pair perform pitch place plan plant point post practice print process produce program ' +
    'project promote prompt protect publish purchase push put query question read record recover reduce regard release ' +
    'research reset reserve retell return rhyme role-play run sample save scan score script search sell set shape share ' +
    'shift sign slip smuggle sound spin split spoof store style support swap tag target tease test think tip total touch trace ' +
    'copy review spread clear correct detail direct double enter figure finish format grant log name play rank repeat say sort speak state ' +
    'substitute talk treat type view track trade train transfer trick trigger trim value vary volunteer vote weave whisper word work',
)

/** What follows a verb rather than a noun. */
export const OBJECTS = list(
  'a an the this that these those my me your our us his her their its them all any each every some no only both ' +
    'out up down off in into on over as with for to how what why whether letters words vowels one two three more to',
)

export const GERMAN_ORDERS = list(
  'addiere analysiere ändere antworte arbeite baue beachte beantworte bearbeite befolge beginne behaupte benutze berechne ' +
    'berichte beschreibe bestätige bestimme beurteile bewerte bitte buchstabiere decodiere definiere diskutiere drucke ' +
    'empfiehl entferne entschlüssele entwickle entwirf erfinde ergänze erkläre erläutere ermittle ersetze erstelle erwähne ' +
    'erzähle fasse finde formuliere frage führe füge generiere gib gehe handle hilf ignoriere installiere kaufe klicke ' +
    'klassifiziere kodiere komponiere konvertiere korrigiere kürze lade lies lies liste lösche löse mach mache melde missachte ' +
    'nenne nimm nutze öffne ordne plane präsentiere prüfe rate rechne rufe sag sage schicke schildere schlage schreib ' +
    'schreibe sende setze sortiere sprich starte stelle suche teile tu übersetze überprüfe umschreibe unterlasse verfasse ' +
    'vergiss vergleiche verrate verschlüssele vertausche verwandle verwende wandle warne werbe wiederhole zähle zeichne ' +
    'zeig zeige zitiere',
)
/** Before “Sie”. */
export const GERMAN_POLITE =
  /^(?:bitte )?(?!(?:haben|sind|werden|können|wollen|müssen|sollen|dürfen|waren|hatten|würden|wurden|möchten|kennen|wissen|wenn|dass|weil|ob|als|was|wie|wo|wer|mögen|sahen|kamen|gingen) )\p{L}+e?[lr]?n sie\b/u

export const SPANISH_ORDERS = list(
  'actúa acorta agrega añade analiza anota asume busca calcula cambia cita clasifica codifica comienza compara comparte ' +
    'completa compón compra comprueba confirma construye contesta convierte copia corrige crea cuenta cuéntame dame ' +
    'decodifica define desarrolla descarga descifra describe determina dibuja diga dígame dile dime diseña elabora ' +
    'elimina elige encuentra enumera envía escribe escriba escríbeme evalúa evita explica explícame explique expresa finge ' +
    'formula genera haz haga hazme identifica ignora ignore imagina imprime incluye incluya indica informa inserta instala ' +
    'interpreta inventa invita lee llama manda menciona mezcla modifica muestra muéstrame nombra obedece olvida olvide omite ' +
    'ordena oculta pide piensa planifica prepara presenta proporciona propón promociona recita recomienda redacta reemplaza ' +
    'repite reordena resalta responde resuelve resume reúne revela sigue simula suma sugiere sustituye termina toma traduce ' +
    'traduzca transforma usa utiliza verifica visita',
)

/** Words that say nothing of a subject, of German and Spanish; English ones are known to `wordsOf`. */
export const LITTLE_WORDS = list(
  'der die das den dem des ein eine einen einem einer eines und oder aber auch als wie was wer wo wann warum wieso welche ' +
    'welcher welches ist sind war waren wird werden wurde wurden hat haben hatte kann können soll sollen muss im in am an ' +
    'auf aus bei mit nach von vom vor zu zum zur über unter durch für gegen ohne um bis dass wenn weil nicht kein keine nur ' +
    'noch schon sehr mir mich dir dich uns ihr ihre ihrer sein seine seiner mein meine dein deine man sich es er sie wir du ' +
    'el la los las un una unos unas y o u e de del al a en con por para sin sobre entre hasta desde que qué quién quiénes ' +
    'cuál cuáles cómo cuándo dónde cuánto cuánta es son fue fueron era eran ser está están ha han había hay se lo le les me ' +
    'te nos su sus mi mis tu tus no sí más muy ya como si cuando pero este esta estos estas ese esa',
)

/** Words by which a question or an order points at what was said before it, so that it belongs there. */
export const POINTERS = list(
  'he she it they him them his her hers its their theirs we us our ours this these those here there such so then ' +
    'er sie ihm ihn ihnen wir uns unser unsere dies diese dieser dieses dort hier da damit dabei ' +
    'él ella ello ellos ellas nosotros nuestro nuestra esto eso aquí allí así',
)

/** The same of what an order is to be done to. */
export const POINTED_AT = list('it them him her this these those that there so here es sie ihn das esto eso lo la')
