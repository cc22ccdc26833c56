"""Makes rules/text/english.json from the sentences of the demo; a test runs it again.

sanitize/demo/data/sentences.tsv is in the public domain (its README names the
books). What those books could not know is added by hand below, and the
neighbours in injections come from our own examples in the rule pack. Run it with

    python -m tests.text.derive_english
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "sanitize" / "demo" / "data" / "sentences.tsv"
PACK = ROOT / "rules" / "text" / "injection.yaml"
TARGET = ROOT / "rules" / "text" / "english.json"

#: Words that the sentences must hold this often; rarer ones are names and oddities.
MIN_WORD = 2

#: Pairs of neighbours: how often in this order, and how much rarer the other way round.
MIN_PAIR, PAIR_RATIO = 3, 8

#: Ours: what people write to machines, and what the books lack.
MODERN = """
acceptance access accessibility accident according account accountant accountants accuracy accurate
acid acknowledge act acting activate actor actual actually add adding address addressed addresses
adds adhere adjectives admin administrator adult adults adventure advert advise adviser advisory
affected aged agency agenda agent agents ai aimed airline airport alert algorithm alignment all
allergic allergies allergy allotment allowed aloud alphabet alphabetical alternatives although
amended amendment amount analysis analyst animal animals annex announcing anonymous answer
answering answers anthology anymore anyone anything anyway api apologies apologise apologising app
appeal appeals append appendix applicant applicants applies apply applying apprentice apps archive
argue argued argues arguing arrange arranged arrive arrives arriving article artist assembly assert
assessment assign assistant assistants asthma attach attached attack attackers attempt attempts
attention attorney audience audio audit auditor auditors aunt auth author authorised authors auto
automated automatic automatically autumn award awards babysitter background backoff backup backups
backwards badge badly bags bake baker bakery balcony banana band bank banking banned banner base
based baseline bash basically basket batch bathroom batteries battery beans bearer beat bedtime
beer bees beforehand beginner beginners behalf below belt bench beside beta bicycle bigger bike
billing bind binding bins birthday biscuit biscuits blank blanket blanks blender blind block
blocked blog blunt boil boiler bold bomb bonus booked booking bookings bookkeeper boot bored boring
borrowed boss bot bother bothering bottle bought boxes brackets brakes brand brands brass bread
breakfast breathe breathing bride briefing brochure brown browser bubble bucket buddy bug build
builder bullet bulletin bullets bump bundle burn burned burns burnt bus buses butter button buyer
buyers bypass bypassed bypassing cache cached cage cake calculate calendar call caller callers
camera cameras cancel cancellation cancelled candidate candidates candour cant canteen capital
capitalize caps caption captions car card caretaker carpet carrier carries cart carton cartoon cash
cast catalogue category cats caution ceiling cell cellar cello cells centre ceremony certificate
chain changelog changing channel chapter chapters charity charming chars chart chat chatbot cheap
cheaper cheapest cheat cheating check checked checking checklist checkout checksum cheerful chef
chess chicken chilli chimney choir choosing chore cigarette cite classifier classify clause clean
cleaned cleaner cleared clearly clerk click client climb clinic closing cloud club clue clues coach
code coding coffee coins colleague colleagues collect collecting collection collects collide color
colour colours column columns comedy comic comma command commands commas comment commentary
comments commit committee company comparing comparison compensation competitors compiled complain
complained complete completion completions compliance complied comply compromised compulsory
computer concept concerned concert concierge confession confidential config configuration
configured confirm confirmation confirmed confused connect console const constraints consult
consultant contact contacts contain container contains content contest context contractor
contradict controller conversation convert converted convince convincing cookie cookies cooking
copied copies copilot copy core corporate corrected correction correctly corridor cough counsel
count counted counter counting counts county coupon courier court courteous cover covering covers
crack cracked crane crate crawlers cream create creators credentials credit criteria cron crowd
crying cupboard cups curl currency current currently curtain curtains curve custom customer customs
cycle damage damaged dashes data database dataset date dated dates daughter day deadline deaf
dealer debate debit debug decide decides decode decoded decoding default defence delayed delete
deleted deleting deletion deletions delimiter delivery demo denied dental dentist deny departure
dependencies deploy deployed deployment deposit depot deprecated depth desc describe described
describing description design desk detail details detected developer developers device dial dialect
dialog dialogue diary dice diet diff differently digest digital digits dinner directive directives
director directory disability disable disabled disagree discard disclaimer disclaimers disclose
disclosure discount discounts discretion discuss discussed discussion dishes dishwasher disk
dismissed display displayed disregard district divorce dock docs doctor document documentary
documentation documents doesnt dollars dont dose double doubled download draft drafted drafting
drafts dragon drain drains drama drawer drift drill driven driver drivers driving dropping drowned
drug drums drunk dull dumb dump dungeon duplicate duplicates duration dying earlier eating eats
echo edge edit edited editing edition editor eggs eighteen eighty elderly electric electricity
electronic elevated eleven eligibility email emails embed embedded embedding embeddings emergency
emoji employee employer enable enclosed encode encoded encoding ended endpoint engine engineer
engineering engines english enquiry entire entrance entries entry envelope envelopes environment
episode erase error escalation essay estimate ethical ethics euros eval evaluate evaluation
everybody everyone everything everywhere evidence exam examiner example exceed excerpt exclamation
excluded execute executed executor exempt exfiltrate exit expert expire expired expires expiry
explain explained explaining explanation exported expose exposure extension extra extract extracted
fable facebook factory failing fake fallen false fanfic fare faster fasting favour feed feedback
fees fence ferry fetched fiction fictional fifth file filed files filing filling film films filter
filtering filters finally finance find finish finished fired firm firmware fixes fixing flagged
flaky flash flat flatmate flats flickers flight float flour flowers flyer focus fold folder folks
follow following font food football footer forbidden forbids forecast forever forged forget
forgetting forgiven forgot forgotten fork formal format formatting forum forward forwarding
fourteen frame freezer french fridge front frost frozen func function funeral game gaps garage
garden garlic gear generate generated generator gentle gently german gift gimme gist give glass
global glossary gloves glue goats goggles gonna google gore gossip grade graded grader grain
grammar gran granddaughter grandfather grandmother grandson granted graph greenhouse greet greeting
grid grumpy guard guarded guardrails guards guessed guessing guest guests guide guideline
guidelines guild guitar gutter guys habit habits hack hacker haha haiku halfway handbook handed
handing handle handled handler handles handout handover handwriting hang hangs harbour harder
hardest hardware harmed harmful harness hashtag hate hated hates headache header heading headings
headline hearing heater heating hedge heist hello help helpdesk helped helper helpers helpful
hereby hero hidden hide hiding highlight highlighted highlighting highlights hiking hired historian
history hits holder hole holes holiday holidays homework honestly honesty honey hose hospital host
hosting hosts hotel hotline hourly hours household how html http https hung hungry hurt hygiene
hypothetical iban icon id identical identify ignore ignored ignoring illegal image imperative
important imported improv inbox incident include index info information informed inhaler inherited
initial injection inner input insert inside insolvent inspection inspector install installed
instead instruct instructed instruction instructions insurer intake integration interim intern
internal internet interpreter interrupt interview interviewer intranet intro invent invented
inverted invite invoice ipsum issue issued item items itinerary jacket jailbreak joke journal
journalist json jump junior keeper kernel kettle key keyboard keys keywords kidney kids kiln
kitchen kitten knee knees knock kubectl label labelled labelling labels lake landed landing lang
language lanterns lapse lapsed laptop laptops latest launch laundry lawful lawyer lawyers layer
layers layout lazy leaf leaflet leaflets leak leaked learned learning learnt lease lecture lecturer
ledger legally legend lemon letting lever liability librarian licence license licensed lied
lighthouse limerick limit limitation limitations limits link linked linter list listed listener
listeners listening listing literal literally litre load loaded loaf loan lobby local locally
location lock locker locksmith lodged log logged logging logic login logistics logo longest lookup
loop lore lorry losing lowercase loyalty lucky lunch lying lyrics machine magazine magic mail
mailbox maintainer maintainers maker makers malicious malware manage management manager managers
manual manuscript margin margins markdown marketing marking matched matches maths mattress maximum
maybe mayor measured meat media medication medieval medium meeting membership memo memory menu
merge merged merges message messages meta meter metre metres metric mice migration milk mill
minister minor minus minutes mirror mirrors mismatch missed misses mixed mobile mock mode model
models moderator moderators modified modifies modify modifying mods module monday money monitoring
monologue monthly mood moon moral moss mostly mouse movie museum music mute mystery name named
namely naming narrator nasty navigation near nearest need needful needle negative negotiation
neighbour nervous network neutral new newer newest news newsletter newspaper next nginx nicely
nightly nineteen ninety ninth node noise nonsense normal normally notebook noted notice noticing
notify novel nowhere null number numbered numbers nuts oath obey obvious obviously official offline
ok okay older oldest omit onboarding onion online onto open openai operating operation operational
operator opponent option optional options oracle orange order orders ordinary organiser original
outage outcome outdated outline output outrank outranks oven overnight overridden override overview
overwrite owed owes owner owners pack package packages packed packet padding page paint painted
painting pair pairs pallets palm panel panels pantry paperwork paragraph parameters paraphrase
parental parish parking parrot parser partial participants partner partners party passcode
passenger passengers passes passive passport password passwords pasta paste pasted pasting patch
patches patient patients pay payable payment payroll paywall peas peer penetration penicillin
pension perfect performance permission permissions permitted person persona personality pharmacist
pharmacy phase philosophy phishing phone photo photograph photographed photographs phrase phrases
physics piano picked picking pickup piece pillow pineapple ping pinned pirate pizza placeholder
plan planet planner planners plans plant plants plate platform play played player players playing
please plot plug plum plumber plus podcast poem poet police policies policy polite politely
politician politicians pond pool port portal positive post postcard postcode posted poster posting
potato potatoes pour practice practise practising preamble preceding prefer preference preferences
prefers premium prep prepare prescription pretend pretending preview previous previously pricing
primary print printed printer printing prior priority privacy private privilege prize probe
procedure process processing prod product professional professor program programme programming
project projector promoted prompt prompts protocol prove proverb provide provider proxy pseudocode
public publish published pump pupil pupils purchase purchasing purge purple push pushes puzzle
pwned pytest python quarterly queries query question questionnaire questions queue quiz quota
quotation quote quoted quotes quoting raffle rain rains random rang rating reaches read readable
reader readers real realism realistic rebook recall recalled recap receipt receive reception
receptionist recipe recipient recite recites recognise recognised recommend record recorded
recorder recording recruiter recurring recursive refer referee refresh refund refusal refusals
refuse refused refusing regard regardless regex region regional register registered registration
registry regulation reject rejected related relax relay release released relied reload remain
remember remind reminder reminders remote remotely remove rename rendered renew renewal rent
renting reorder repair repairs repealed repeat repeating rephrase replace replaced replacement
replies reply repo report reported reporting repository representative reproduce reputation request
requested requests require rerun rescue resend reservation reserve reserved reset residents
resolution resolve respond response restart restarted restaurant restaurants restrict restricted
restrictions result results retail retention retire retries retrieve retrieved retry return reveal
revealing reverse reversed revert review reviewed reviewer reviewers revised revoke revoked rewrite
rhyme rhymes rice rinse rival roast robot robots rogue role roleplay rollback roof root rose roses
rota rotate roughly route router rows rubbish rubric rude rule rules ruling run runbook rung safe
safety salad salary sale sales salt sample samples sand sandwich satisfied sauce save say scam scan
scanned scared scary scene scenes schedule scheduler scheduling schema school science scope score
scoring scrap screen screening screenshot screenshots scribe script scripts scroll seal sealed
search secret secrets section sections secure security seed segment select seller selling seminar
send sender sensitive sensor sentence separated separately sequence serial series servant server
service sesame session settings setup severity shadow shame share sharing shed sheet sheets shell
shift shifts shipped shipping shoe shoes shop shopping shorten shorter shoulder shout shouting show
showed shower shut signal signature signing silently silly simple simulate simulation single site
sixteen sixth sixty skip skipped slate slept slide slides slogan slot slots slow slurs smart smug
snack snapshot sneak snippet soap socks soft softly software solicitor solution solutions solved
someone somewhere song sorted sorting sounding soup source sourdough spam spanish spare speaker
speakers spell spelled spelling spells spill spoiler spoilers sponsor spoon sports spreadsheet
sprint sql stack staff stage staging stale standup star start starter starters starting startup
statement statements stating station status stdout stead stealing steer step steps stick sticker
sticks sticky stiff stock stone stop store stored stories story stream strict strictly string strip
strongest structured stuck student students studies studio stupid submission submit subscribers
subscription subtitle sudo sugar suggest suggested suggestion suggestions suitcase summaries
summarise summariser summarising summarize summary sunday sung sunset supermarket superseded
supersedes supervisor supplier suppliers support surgery surname surveyor survived suspect suspects
suspended suspicious swap swapped swaps swearing switch switched symbol sync system systems table
tabletop tags tale talk tally tank tape taped target targets task tasks taxi teach teacher teaches
teaching team tear tech technical technically technician technique techniques technology telephone
tell temp temperature template tenancy tenant tenants tend tender tense tent terminal terms test
tested tester testing text theatre theme theory therapist thermostat thesis thread threaten
threatening threshold throughout thrown thumb tick ticked ticket tidy tier tiles time timeline
timeout timer timetable tiny tips title titles toast today toddler toilet token tokens toll tomato
tomatoes tomorrow toner tonight tool tools topic torch touches tour towels track tracker trail
trailer train training tram transcribed transcript transcripts transfer translate translated
translating translation translator transparency transport trash traveller travelling tray treasure
treasurer treat treatment treats tree triage trick trigger trim trip triple trips trump truncated
truthful truthfully tuesday tutor tutorial twin twist type typed typing typo typos tyre tyres
umbrella unabridged uncensored unchanged unclear underneath undersigned understood undo unfiltered
uninstall unit units university unlimited unlock unlocked unplug unread unrestricted unsafe
unsubscribe unsure unused unusual unwell update updated upgrade upload uploaded upper uppercase
upset upstairs urgent url useless user username users vague valid validation value valve valves
variable variables vault vegan vegetarian vendor vendors venue verb verbatim verbs verdict
verification verified verify verse verses version vicar video viewers village villain vinegar
violate violence virtual virus visa visit visiting visitor visitors vocabulary voicemail void
volunteer vote voted votes voucher vowels waiter waive waived waiver wallet wanna ward warden
warehouse warn warning warns warranty wash washing watching weather web webhook website week
weekend weekly weird what whatsoever wheel wheelchair wherever whichever whisper whitespace why
wicked widget width wifi wiki willing window windows wine winning wins winter wipe wire withdraw
withheld withhold withholding witnesses wont wool word wording words workaround workflow worksheet
workshop workspace world worried worries worry wrap wrapper wrist write writer writing wrong wrote
yard yearly yellow yesterday zero zone
"""

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def _sentences() -> list[list[str]]:
    lines = SOURCE.read_text("utf-8").lower().replace("’", "'").splitlines()
    return [_WORD.findall(line.partition("\t")[2]) for line in lines]


def _orders() -> set[tuple[str, str]]:
    """Neighbours in the rule pack's English examples, which are ours."""
    rules = yaml.safe_load(PACK.read_text("utf-8"))["rules"]
    lines = (line for rule in rules for line in rule["match"] if line.isascii())
    found = {pair for line in lines for pair in pairwise(_WORD.findall(line.lower()))}
    return {pair for pair in found if pair[::-1] not in found}


def derive() -> dict[str, Any]:
    """The content of rules/text/english.json."""
    sentences = _sentences()
    words = Counter(word for sentence in sentences for word in sentence)
    frequent = [
        word
        for word, count in sorted(words.items(), key=lambda item: (-item[1], item[0]))
        if count >= MIN_WORD and "'" not in word and (len(word) > 1 or word in "ai")
    ]
    pairs = Counter(pair for sentence in sentences for pair in pairwise(sentence))
    ordered = {
        (first, second)
        for (first, second), count in pairs.items()
        if count >= MIN_PAIR and count >= PAIR_RATIO * pairs[second, first] and first != second
    }
    orders = {pair for pair in _orders() if not pairs[pair[::-1]]}
    return {
        "about": "frequent English words, the most frequent first; neighbours in their usual "
        "order; made by tests/text/derive_english.py",
        "source": "sanitize/demo/data/sentences.tsv (public domain); examples of text/injection "
        "and `modern` are ours",
        "words": " ".join(frequent),
        "modern": " ".join(sorted(set(MODERN.split()) - set(frequent))),
        "pairs": ",".join(sorted(map(" ".join, ordered | orders))),
    }


def render() -> str:
    """The file, character for character."""
    return json.dumps(derive(), indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), "utf-8")
