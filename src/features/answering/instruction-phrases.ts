/**
 * How texts speak to a language model, or to whoever answers from them, in English, German and Spanish. Each pattern looks
 * at one sentence as `plainSentence` gives it, in lower case, and takes time linear in its length: gaps are bounded.
 */

const GAP = String.raw`(?:[^ ]+ ){0,5}`
const OWN_WORDS = 'answers?|responses?|replies|reply|outputs?|completions?'

/** Wherever they stand in a sentence. */
const ANYWHERE: readonly RegExp[] = [
  // What was said before is to hold no longer.
  new RegExp(
    String.raw`\b(?:ignor(?:e|ing)|disregard|forget|override|bypass|overrule|do not follow|don’t follow|stop following) ${GAP}(?:instructions?|prompts?|rules|guidelines|directions|directives|constraints|restrictions|everything (?:above|before|you))`,
  ),
  new RegExp(
    String.raw`\b(?:ignor(?:iere|ieren sie)|vergiss|vergessen sie|missachten?|überschreiben?|befolge nicht) ${GAP}(?:anweisung(?:en)?|vorgaben|regeln|prompts?|systemprompts?|instruktionen|richtlinien)`,
  ),
  new RegExp(
    String.raw`\b(?:ignor[ae]|olvid[ae]|descart[ae]|omit[ae]|desobedece|no sigas) ${GAP}(?:instrucci(?:ones|ón)|reglas|indicaciones|prompts?|directrices|órdenes)`,
  ),
  // What the reader is.
  /\byou are (?:now |from now on |hereby )?(?:an? )?(?:[^ ]+ ){0,3}(?:ai|a\.i\.|assistant|chatbot|language model|llm|gpt|dan|agent)\b/,
  /\b(?:you are now|from now on,? you|as an ai\b|as a language model|you (?:must|should|will) (?:now )?(?:act as|pretend)|you will now|your new (?:task|role|goal|instructions?))/,
  /\b(?:du bist (?:jetzt|nun|ab sofort)|ab (?:jetzt|sofort) (?:bist|wirst|antwortest) du|sie sind (?:jetzt|nun|ab sofort) ein|als ki\b|tu so,? als|deine neue (?:aufgabe|rolle))/,
  /\b(?:ahora eres|a partir de ahora,? (?:eres|serás|responde|tu)|actúa como|como (?:una )?ia\b|finge (?:ser|que)|tu nueva (?:tarea|función))/,
  /\b(?:dear|hey|hello|hi|attention|note (?:to|for)|instructions? (?:to|for)|message (?:to|for)|to) (?:all |any |the |every )?(?:ai|a\.i\.|llm|assistant|language model|chatbot|chatgpt|claude|gpt|copilot|bot)s?(?: (?:assistant|model|agent|system|reader|reading)s?)?\s?[,:!]/,
  /\b(?:hinweis an|nachricht an|liebe|hallo) (?:die |das |alle )?(?:ki|sprachmodelle?|assistent(?:en)?|chatbots?)\b/,
  /\b(?:nota para|mensaje para|querid[oa]|hola,?) (?:la |el |los )?(?:ia|asistentes?|modelos? de lenguaje|chatbots?)\b/,
  // What it was told, or knows, is to come out.
  new RegExp(
    String.raw`\b(?:reveal|print|show|repeat|output|display|leak|disclose|copy|dump|paste|recite|share|send|give|tell) ${GAP}(?:system prompts?|system messages?|initial prompt|hidden (?:prompt|instructions?)|(?:your|these|the above|prior|previous) (?:instructions?|prompts?|rules)|api keys?|access tokens?|credentials|conversation history|chat history)`,
  ),
  new RegExp(
    String.raw`\b(?:gib|zeige?|verrate|wiederhole|drucke|nenne) ${GAP}(?:system-?prompts?|system-?nachricht|anweisungen|zugangsdaten|api-schlüssel)`,
  ),
  new RegExp(
    String.raw`\b(?:revela|muestra|imprime|repite|muéstrame|dime) ${GAP}(?:prompts?|instrucciones|mensaje del sistema|credenciales|clave de api)`,
  ),
  // What the user is to hear, or not.
  /\b(?:do not|don’t|never) (?:tell|inform|warn|notify|alert|mention (?:this|it|any of this) to|reveal (?:this|it) to|let) (?:this to )?(?:the |your )?users?\b/,
  /\b(?:without|instead of) (?:telling|informing|notifying|warning|asking) the user\b/,
  /\b(?:sag|sage|sagen sie|teile) (?:dem|den|der) (?:nutzern?|benutzern?|anwendern?)\b/,
  /\b(?:dile|diga|informa|dígale) (?:al|a los) usuarios?\b/,
  /(?:\bin your|^in (?:the|every|each|any|all)) (?:[^ ]+ )?(?:answers?|responses?|replies|reply|output),/,
  /\b(?:in|an|zu) (?:deiner|deine|ihre|ihrer|der|die) (?:antwort|ausgabe) (?:füge|muss|soll|schreibe|erwähne|ersetze)/,
  // What it can do.
  new RegExp(
    String.raw`\b(?:call|invoke|use|run|execute|trigger|activate) (?:the |your |a |an )?(?:[^ ]+ )?(?:tools?|functions?|plugins?|browsing)\b(?=$|[ .,:!])(?=.*\b(?:to|with|and|on|for|now|immediately)\b)`,
  ),
  /\b(?:call|invoke|use|run|execute|trigger|rufe|benutze|verwende|usa|llama a|ejecuta) (?:[^ ]+ ){0,3}(?:search_documents|read_document|list_documents|web_search|open_url|[a-z]+_[a-z]+(?:_[a-z]+)*\()/,
  /\b(?:rufe?|nutze|verwende|starte) (?:das |die |ein |eine )?(?:werkzeug|tool|funktion)\b/,
  /\b(?:llama|usa|utiliza|ejecuta) (?:a )?(?:la |el |una )?(?:herramienta|función)\b/,
]

/** Words for what a model writes, in a sentence that orders something or says what must be. */
const IN_ORDERS: readonly RegExp[] = [
  new RegExp(
    String.raw`\b(?:your|the|this|each|every|any|all|final|following|entire|whole|next) (?:[a-z-]+ )?(?:${OWN_WORDS})\b`,
  ),
  new RegExp(String.raw`\b(?:in|into|of|for|to|with|as|before|after|within) (?:${OWN_WORDS})\b`),
  /\b(?:deine[rmn]?|ihre[rmn]?|der|die|jede[rmn]?|eure[rmn]?) (?:antwort(?:en)?|ausgabe|erwiderung|nachricht)\b/,
  /\b(?:tus?|sus?|la|cada|las|tu próxima) (?:respuestas?|contestación|salida|mensajes?)\b/,
  /\byour (?:[a-z-]+ )?messages?\b/,
  /^(?:please )?(?:tell|inform|convince|persuade|urge|warn|notify|instruct|encourage|invite|advise|remind|trick|ask) (?:the|your|all) (?:user|asker|reader)s?\b/,
  /^(?:act as|pretend (?:to|you|that)) /,
  /\b(?:previous|prior|above|earlier) (?:text|context|conversation|question|content)\b/,
  /\b(?:system prompt|prompt|these instructions|your instructions)\b/,
]
/** People ask people for these by mail, and forms ask for them: “Send your reply to …”, “Thank you for your message”. */
const BETWEEN_PEOPLE =
  /^(?:please )?(?:send|submit|e-?mail|mail|fax|return|post|forward|deliver|direct|address|leave|check|see|read|view|find|click|circle|mark|tick|select|enter|type|choose|press|call|contact|thank|log|upload|download|follow|refer|turn|write (?:down|your|to)|record|compare|get|go|visit|wait|keep)\b/

export const speaksToModel = (sentence: string): boolean => ANYWHERE.some((pattern) => pattern.test(sentence))

/**
 * @param order begins with its verb
 * @param sentence all of it
 */
export const ordersAnswer = (order: string, sentence: string): boolean =>
  !BETWEEN_PEOPLE.test(order) && IN_ORDERS.some((pattern) => pattern.test(sentence))

/** “You must …” and the like: no order by its form. */
export const OBLIGATION =
  /^(?:you|the (?:ai|model|assistant|response|answer|reply|output)|your (?:response|answer|reply|output)|all (?:responses|answers|replies)|(?:every|each) (?:response|answer|reply)) (?:must|should|shall|will|have to|need to|needs to|has to|are (?:required|asked|instructed|to)|is (?:required|to))\b/
