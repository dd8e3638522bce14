import type { Request } from './requests.ts'

/**
 * How pages of the web turn to whoever visits them, in English, German and Spanish: newsletters, accounts, networks, what to read
 * next. Each pattern looks at the beginning of an order in lower case, with single spaces and ’, and takes time linear in
 * its length: gaps are bounded.
 */
const GAP = String.raw`(?:[^ ]+ ){0,5}`

const ORDERS: readonly RegExp[] = [
  /^(?:subscribe|unsubscribe|sign (?:up|in)|log ?in|enroll?|register)(?= |[.,!]|$)/,
  /^(?:join|follow|like|contact|support|email|e-mail|call|find|visit|help|tell|message|friend|reach|send|write to|talk to|connect with|check out|stay with) us\b/,
  new RegExp(
    String.raw`^(?:follow|like|find|join|connect with) ${GAP}on (?:twitter|facebook|instagram|linkedin|youtube|tiktok|telegram|whatsapp|snapchat|pinterest|x|social|medium|flipboard|google)\b`,
  ),
  /^join (?:the (?:conversation|discussion|debate|community)|our|now|today|free|over|more than|thousands|millions)\b/,
  /^(?:click|tap|press|swipe|scroll|hover) (?:here|on|the|this|below|to|through|down|over|or|any|an?)\b/,
  new RegExp(
    String.raw`^(?:read|see|view|learn|find out|find|watch|discover|browse|explore|show|load|listen to|check out|hear) ${GAP}(?:more|also|next|related|further|stories|articles|gallery|photos|video|podcast|comments|newsletter)\b`,
  ),
  /^(?:read|see|view|watch) (?:the )?(?:full|original|whole|rest|latest|all)\b/,
  new RegExp(
    String.raw`^(?:get|receive|have|enjoy|take) ${GAP}(?:access|delivered|newsletters?|alerts?|updates|headlines|inbox|app|subscription|off|offers?|deals?|discounts?)\b`,
  ),
  new RegExp(String.raw`^(?:download|install|get|try|use|open) (?:our|the) ${GAP}(?:app|apps|newsletter|extension)\b`),
  /^(?:enter|type|provide|add|confirm|verify|update|check) your (?:e-?mail|name|zip|post ?code|address|phone|password|inbox|details)\b/,
  /^(?:don’t|never) (?:miss|forget to (?:subscribe|follow|sign|like|share|check))\b/,
  /^(?:buy|shop|order|book|save|donate|subscribe|register|start|try) (?:now|here|today|online|tickets|free|for free|up to|on|a little)\b/,
  new RegExp(
    String.raw`^(?:try|start|begin|claim|activate|renew|manage|cancel) (?:your|a|our|it) ${GAP}(?:trial|subscription|membership|account|free|preferences|offer)\b`,
  ),
  /^(?:enable|allow|accept|disable|turn (?:on|off)|manage|change|edit|update) (?:your )?(?:javascript|cookies?|ad ?blockers?|notifications|preferences|settings|privacy)\b/,
  /^(?:leave|post|write|add|submit|view|show|hide|share|send|report) (?:us )?(?:a |an |your |all |this |\d+ )?(?:comments?|reply|review|feedback|tips?|letter|story|thoughts|question|error|correction)\b/,
  /^share (?:on|via|by|with|to|your|it)\b/,
  /^(?:create|open|set up) (?:a|an|your) (?:free |new )?account\b/,
  /^(?:take|have) (?:a look|our|part)\b/,
  /^(?:continue (?:reading|to|with)|keep (?:reading|scrolling|up|me|watching)|come back|advertise with|skip|go (?:to|back)|return to|follow @)(?= |$|[^ ])/,
  /^(?:visit|see|check out|browse|explore|discover|use|try|view|find|read) (?:our|the (?:page|site|website|link|map|gallery|list|archive|homepage))\b/,
  /^(?:abonniere|abonnieren sie|folge|folgen sie|melde dich|melden sie sich|klicke|klicken sie|registriere dich|registrieren sie sich|lies mehr|lesen sie|teile|teilen sie|besuche uns|besuchen sie uns)\b/,
  /^(?:suscríbete|suscríbase|síguenos|síganos|regístrate|regístrese|haz clic|haga clic|únete a|comparte|lee (?:más|también)|descarga (?:la|nuestra) app|visita nuestr[ao])(?= |$)/,
]

/** Whoever is interviewed, or reads the page, is asked for their own. */
const QUESTIONS: readonly RegExp[] = [
  /^(?:what|who|which|when|where|how|why)(?:’s| [^ ]+)? (?:[^ ]+ ){0,4}your\b/,
  /^(?:do|did|have|are|would|want|got) you (?:know|have (?:a|any|more|something)|got|planning|ready|looking|interested|want to|like to (?:receive|get|know more))\b/,
]

/**
 * An address leads somewhere else than a page's own words do: with a scheme, of mail (any @, but for a name that is to be followed),
 * four numbers, or a host, whose last label has letters of any script. The sentence's own full stop may follow it.
 */
const ADDRESS =
  /:\/\/|www\.|(?<!^follow )@|\b(?:mailto|tel|sms|data|javascript):|(?<![\p{N}.])\p{N}{1,3}(?:\.\p{N}{1,3}){3}(?![\p{N}])|[\p{L}\p{N}-][.。．｡]\p{L}{2,}(?![\p{L}\p{M}\p{N}_])/u
/** Words: longer ones ask for something of their own. */
const LONGEST = 40

/** Whether a request is of the kind that pages have for their visitors, whatever they are about. */
export const isFurniture = (request: Pick<Request, 'form' | 'text'>): boolean =>
  !ADDRESS.test(request.text) && isForVisitors(request)

/** Whether it is in the words of one, and leads somewhere else. */
export const leadsAway = (request: Pick<Request, 'form' | 'text'>): boolean =>
  ADDRESS.test(request.text) && isForVisitors(request)

function isForVisitors({ form, text }: Pick<Request, 'form' | 'text'>): boolean {
  if (text.split(' ', LONGEST + 1).length > LONGEST) return false
  return (form === 'order' ? ORDERS : QUESTIONS).some((pattern) => pattern.test(text))
}
