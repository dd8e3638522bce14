/**
 * Words that exclude each other, our own list: what stands left of a colon is opposed to what stands right of it. Only
 * words that are seldom used in another sense are in it. Inflections are found by their stems; irregular ones are listed.
 */
export const ANTONYMS = `
increase rise rose risen rising grow grew grown climb climbed surge surged : decrease fall fell fallen falling drop dropped decline declined shrink shrank shrunk plunge plunged diminish dwindle
gain gained : loss lose lost
more : less fewer
most : least fewest few
many numerous : few
high : low
higher : lower
highest : lowest
large big huge enormous : small little tiny
larger bigger : smaller
largest biggest : smallest
great greater : slight slighter
greater : lower lesser reduced
maximum maximal : minimum minimal
maximize : minimize
majority : minority
major : minor
first : last second final ending
earlier sooner : later
early : late
earliest : latest
before prior : after following
begin began begun start started beginning : end ended finish finished stop stopped cease ceased
open opened : close closed shut
accept accepted : reject rejected refuse refused decline declined
approve approved approval : reject rejected disapprove veto vetoed rejection
allow allowed permit permitted : forbid forbade forbidden prohibit prohibited ban banned disallow bar barred disqualify disqualified
legal lawful legalize : illegal unlawful outlaw outlawed
mandatory compulsory obligatory required : optional voluntary
support supported favor favored favour favoured endorse endorsed promote promoted welcome welcomed embrace embraced praise praised : oppose opposed resist resisted object objected against reject rejected condemn condemned
support supported confirm confirmed prove proved proven : discredit discredited refute refuted disprove disproved
proponent supporter advocate : opponent critic
include included including : exclude excluded excluding
win won victory victorious : lose lost defeat defeated loss
success succeed succeeded successful : failure fail failed unsuccessful
strength strong stronger strongest : weakness weak weaker weakest
strengthen : weaken
best : worst
better : worse
improve improved improvement : worsen worsened deteriorate deteriorated deterioration
good : bad poor
positive : negative
advantage benefit : disadvantage drawback
beneficial : harmful detrimental
north : south
northern northernmost : southern southernmost
northward northwards : southward southwards
east : west
eastern easternmost : western westernmost
eastward eastwards : westward westwards
northeast : southwest
northwest : southeast
left : right
upper : lower
top : bottom
above : below beneath
front : back rear
inside within interior : outside exterior
internal : external
inner : outer
inward : outward
upward upwards : downward downwards
upstream : downstream
ascend ascended : descend descended
horizontal : vertical
near nearby : distant remote
nearest closest : farthest furthest
old elderly ancient : new young modern
older elder : newer younger
oldest eldest : newest youngest
male man men : female woman women
father : mother
son : daughter
brother : sister
husband : wife
boy : girl
uncle : aunt
public : private
rich richer richest wealthy wealthier affluent : poor poorer poorest needy impoverished
hot warm : cold cool
hotter warmer : colder cooler
hottest warmest : coldest coolest
heat heated heating : cool cooled cooling
wet humid : dry arid
long lengthy : short brief
longer : shorter
longest : shortest
lengthen : shorten
tall : short
fast quick rapid : slow
faster quicker : slower
fastest quickest : slowest
rapidly quickly swiftly : slowly gradually
accelerate accelerated : decelerate slow slowed
heavy : light
heavier : lighter
heaviest : lightest
thick : thin
deep : shallow
wide broad : narrow
wider broader : narrower
widen widened broaden : narrow narrowed
expand expanded expansion : contract contracted contraction shrink shrank
extend extended : shorten shortened curtail curtailed
add added addition : remove removed removal subtract delete deleted
insert inserted : remove removed extract
attach attached : detach detached
connect connected : disconnect disconnected
enable enabled : disable disabled
activate activated : deactivate deactivated
lock locked : unlock unlocked
encrypt : decrypt
encode : decode
install installed : uninstall uninstalled
upload uploaded : download downloaded
send sent : receive received
import imported : export exported
buy bought purchase purchased : sell sold sale
buyer purchaser : seller vendor
lend lent : borrow borrowed
lender creditor : borrower debtor
deposit deposited : withdraw withdrew withdrawal
hire hired : fire fired dismiss dismissed
employed : unemployed
employer : employee
appoint appointed : dismiss dismissed remove removed
arrive arrived arrival : depart departed departure
enter entered entry : exit exited
join joined : quit fight fought leave left
advance advanced : retreat retreated
attack attacked : defend defended
attacker : defender
conquer conquered : surrender surrendered
ally allied friend friendly : enemy hostile rival
peace peaceful : war warlike violent
brotherhood friendship fellowship : hostility enmity hatred
friendly : unfriendly
praise praised : criticize criticized criticise criticised condemn condemned
encourage encouraged : discourage discouraged
promote promoted : demote demoted hinder hindered
help helped aid aided : hinder hindered hamper hampered
cause caused : prevent prevented
create created build built construct constructed : destroy destroyed demolish demolished abolish abolished
establish established found founded : abolish abolished dissolve dissolved
unite united unify unified merge merged : divide divided split separate separated
unity : division
agree agreed agreement : disagree disagreed disagreement
admit admitted : deny denied
true : false
correct right accurate : wrong incorrect inaccurate
real genuine authentic : fake false artificial
natural : artificial synthetic
known : unknown
famous renowned : obscure unknown
common frequent usual : rare infrequent unusual uncommon
often frequently usually commonly : rarely seldom infrequently
always : never
all every : none
everyone everybody : nobody
everything : nothing
possible : impossible
able : unable
likely probable : unlikely improbable
certain : uncertain doubtful
safe : dangerous unsafe hazardous
simple easy : complex complicated difficult hard
easier simpler : harder
easily : hardly
active : passive inactive
permanent : temporary
permanently : temporarily
constant stable steady : variable unstable
fixed : variable flexible
rigid : flexible
direct : indirect
directly : indirectly
formal : informal
official : unofficial
domestic : foreign
native indigenous : foreign
national : international
local : global
rural : urban
liberal progressive : conservative
democratic : authoritarian
republic : monarchy
secular : religious
sacred : profane secular
guilty convict convicted : innocent acquit acquitted
plaintiff : defendant
alive living : dead deceased
birth born : death died
healthy : sick ill unhealthy
benign : malignant
acute : chronic
full : empty
fill filled : empty emptied drain drained
occupied : vacant unoccupied
visible : invisible
transparent : opaque
bright light : dark dim
white : black
loud noisy : quiet silent
clean : dirty polluted
smooth : rough
soft : hard
sharp : blunt
cheap inexpensive : expensive costly
cheaper : costlier
profit profitable surplus : loss deficit unprofitable
asset : liability
income revenue : expense expenditure
debit : credit
supply : demand
wholesale : retail
gross : net
inflation : deflation
boom : recession
optimistic : pessimistic
happy : sad unhappy
satisfied : dissatisfied
confident : doubtful
brave : cowardly
patient : impatient
polite : rude
honest : dishonest
careful cautious : careless reckless
proud : ashamed
remember remembered : forget forgot forgotten
same identical similar : different distinct dissimilar
equal : unequal
single : multiple
singular : plural
whole entire complete : partial incomplete
completely entirely fully totally : partly partially
exactly precisely : approximately roughly
total : partial
abstract : concrete
theoretical : practical
primary : secondary
main : secondary subsidiary
superior : inferior
senior : junior
independent independence : dependent dependence
free freed : captive enslaved imprisoned
release released : capture captured detain detained imprison imprisoned
slave : master
dominant : recessive subordinate
clockwise : counterclockwise anticlockwise
convex : concave
parallel : perpendicular
acid acidic : alkaline basic
solid : liquid
predator : prey
ancestor : descendant
predecessor : successor
precede preceded : follow followed succeed succeeded
previous former : next subsequent latter
past : future
present : absent
presence : absence
appear appeared emerge emerged : disappear disappeared vanish vanished
raise raised : lower lowered reduce reduced
reduce reduced : raise raised boost boosted
load loaded : unload unloaded
summer : winter
spring : autumn
morning : evening
daytime : nighttime
sunrise dawn : sunset dusk
coastal : inland
catholic : protestant
offline : online
digital : analog analogue
wired : wireless
manual manually : automatic automatically
input : output
amateur : professional
expert : novice beginner
host : guest
winner : loser
hero : villain
exceed exceeded : undercut
overestimate overestimated : underestimate underestimated
overstate : understate
tighten tightened : loosen loosened
freeze froze frozen : melt melted thaw thawed
ignite ignited : extinguish extinguished
shallower : deeper
outdoor outdoors : indoor indoors
abundant plentiful : scarce
abundance : scarcity shortage
sufficient adequate enough : insufficient inadequate
excess surplus : shortage deficit
crowded : deserted
inhabited : uninhabited
fertile : barren infertile
tame domesticated : wild
edible : poisonous toxic
vegetarian : carnivorous
nocturnal : diurnal
endothermic : exothermic
inhale inhaled : exhale exhaled
tense : relaxed
conscious : unconscious
deliberate deliberately intentional intentionally : accidental accidentally unintentional
literal : figurative
explicit explicitly : implicit implicitly
relevant : irrelevant
significant : insignificant negligible
necessary essential : unnecessary
important : unimportant
popular : unpopular
fair : unfair unjust
tolerant : intolerant
loyal : disloyal
end ended terminate terminated abandon abandoned : continue continued resume resumed keep kept
continue continued keep kept maintain maintained retain retained : reverse reversed abandon abandoned discontinue discontinued
escape escaped avoid avoided spared : suffer suffered undergo underwent
protect protected preserve preserved save saved spare spared : destroy destroyed destruction
survive survived : die died perish perished burn burned destroyed asphyxiated
prove proved proven established : conjecture conjectured suspect suspected
definitely certainly undoubtedly : possibly perhaps maybe
unite united : fight fought
answer answered reply replied : ignore ignored
reveal revealed disclose disclosed : conceal concealed hide hid hidden
obey obeyed : disobey disobeyed
trust trusted : distrust distrusted mistrust
marry married : divorce divorced
attract attracted : repel repelled
eligible : ineligible
valid : invalid void
include included : omit omitted
grant granted : deny denied withhold withheld
upstairs : downstairs
tight : loose
overtake overtook pass passed : lag lagged trail trailed behind
leave left depart departed : return returned
rational reasonable : irrational unreasonable
conscious : unaware
taxable : exempt
refundable : nonrefundable
renew renewed : cancel cancelled canceled
increase increased raise raised : reduce reduced cut lowered
exceptional : ordinary
gather gathered : scatter scattered
obedient : disobedient
hope hopeful : despair hopeless
wealth : poverty
freedom liberty : slavery bondage captivity
victory : defeat
advance advanced : backward
sincere : insincere
calm : agitated nervous
generous : stingy mean
float : sink sank
`
