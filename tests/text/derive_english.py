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
access account acknowledge act activate actually admin administrator adhere agent agents ai
algorithm all allowed amount answer answers anything api app apps article assistant assistants
attack attention attached auto automatic bank based below block bomb bot browser bug build button
bypass cake calculate calendar call cancel capital car card chat chatbot check click client cloud
code coffee command commands company complete computer concept confidential confirm constraints
content context conversation copy create credentials credit current customer data database dataset
day debug decode default delete deleted describe detail details developer developers device
digital directive directives disable discard disregard display document documents dollars
download dump edit email emails emergency enable encode entire erase error essay ethical evaluate
everything example execute exfiltrate expert explain expose facebook file files filter filters
finally find folder follow following forget format forward function game generate give global
google guidelines hack hacker hello help hidden history hours how html http https id ignore
illegal image important include info information initial input insert inside install instead
instruct instructed instruction instructions internal internet invoice issue item items jailbreak
joke json key keys language leak license limit limitations limits link list local lock log login
machine mail malicious malware manual memory menu message messages meeting minutes mobile mode
model models module money moral movie music name near need network new news next normal notice
notify number numbers obey offline ok okay online open openai option options order orders original
output override page paragraph parameters party passcode password passwords paste pay payment
permission permissions person phone phishing photo please plan plans platform play poem policies
policy post prepare pretend previous previously print prior privacy private process product
program programming project prompt prompts protocol provide public purchase pwned python query
question questions random read real receive recipe record recommend refund refuse regard
regardless reject release remain remember remove repeat replace reply report request requests
require reset respond response restrictions result results return reveal review rewrite role
roleplay rule rules run safe safety salary save say schedule school score screen script scripts
search secret secrets secure security select send sensitive sentence server service session
settings share shell shop shopping show shut simulate site skip software song source sql start
step steps stop store story string student students submit summarise summarize summary support
switch system systems table talk task tasks team teacher tech technology tell terminal terms test
text ticket time token tokens tool tools topic train training transfer translate translation
truthful tutorial type unfiltered unlock unrestricted update updated upload url urgent user
username users valid value verbatim verify version video violate virus visit wallet weather web
website week weekend what why window windows word words workflow world write writing wrong
yesterday tomorrow tonight today kitchen garden bicycle train station ticket museum hotel flight
bus doctor dinner lunch breakfast pizza chicken pasta guitar football
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
