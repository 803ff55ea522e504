"""What a narrative is called and which words single it out.

Only wording that at least two authors share is used, so one stranger's phrase can never become a headline;
the model's own title is taken when it reads as a phrase and fits what the posts say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from core.narratives.background import Background, background
from core.narratives.phrases import BOTH, Shared, contains, is_cjk, key, shared, size
from core.narratives.query import too_common
from core.narratives.reading import some
from core.narratives.stopwords import DEEDS, GENERIC, MAJORS
from core.text import language, readable, words

__all__ = ["Background", "background", "distinctive", "distinctive_terms", "grade", "slug", "title"]

MAX_TITLE = 48
MAX_TERMS = 3
PHRASE_SHARE = 0.005  # of recent posts outside the group: a phrase above it belongs to the market
WORD_SHARE = 0.0005
MOST_VOICES = 48  # are read for what a story is called: more of them say no more
ENOUGH = 300  # posts: with fewer, a word not seen elsewhere may still be a common one
FULL_SHARE = 0.2  # of the voices must use a longer phrase for it to go before a commoner single word
STEM, ENDING = 4, 3  # letters two forms of a word have in common, and letters they may differ by
_CJK = ("zh", "ja", "ko")
_PAIRED = 12  # candidates for pairs
_MARKUP = re.compile(r"<[^>]*>|\]\([^)]*\)|[\[\]*_`~|#<>{}\\^]|\$(?=[A-Za-z])")
_BARE_LINK = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?:/\S*)?")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def distinctive_terms(texts: Sequence[str], background: Background) -> tuple[str, ...]:
    """At most three terms that ≥ 2 of the texts share and few other recent posts contain.

    A term is a phrase, a rare name, or two words that occur together ("a + b"). `texts` holds one text per
    voice (all posts of one author joined, near-copies once). The first term covers most; each further one is
    chosen for the texts that the earlier ones leave out. Empty: the texts share nothing that tells.
    """
    heard = some(texts, MOST_VOICES)
    each = len(texts) / max(1, len(heard))
    phrases = shared(heard, most_words=3, most_cjk=6)
    chosen: list[Shared] = []
    alone = [phrase for phrase in phrases if distinctive(phrase, background, each)]
    for offered in (alone, _together(phrases, background, each)):
        left = offered
        while len(chosen) < MAX_TERMS:
            covered = frozenset[int]().union(*(term.voices for term in chosen))
            said = {word for term in chosen for word in words(term.key)}
            left = [t for t in left if t.voices - covered and said.isdisjoint(words(t.key))]
            if not left:
                break
            chosen.append(max(left, key=lambda term: (_gain(term, covered, background), term.key)))
    return tuple(term.key for term in chosen)


def distinctive(term: Shared, background: Background, each: float = 1.0) -> bool:
    """Whether a shared phrase alone says which story it is: rare elsewhere, and a name if it is one word.

    Each of its voices stands for `each` of the story's.
    """
    if too_common(term.key):
        return False
    others = background.posts_with(term.key) - each * len(term.voices)
    if size(term.key) >= (1.5 if is_cjk(term.key) else 2):
        few = max(2, PHRASE_SHARE * background.posts)
    elif background.posts >= ENOUGH and term.named and term.key in background.names:
        few = WORD_SHARE * background.posts
    else:
        return False
    return others <= few or background.is_new(term.key)  # then the others may well tell the same story


def _together(phrases: Sequence[Shared], background: Background, each: float) -> list[Shared]:
    """Pairs of short phrases in the same two or more texts, which only together say which story it is."""
    most = background.posts / 20
    short = [
        p
        for p in phrases
        if 1 <= size(p.key) < 3 and background.posts_with(p.key) - each * len(p.voices) <= most
    ]
    short = sorted(short, key=lambda p: (-_gain(p, frozenset(), background), p.key))[:_PAIRED]
    pairs = []
    for a, b in combinations(sorted(short), 2):
        both = a.voices & b.voices
        apart = set(words(a.key)).isdisjoint(words(b.key))
        if len(both) >= 2 and apart and not too_common(f"{a.key} {b.key}"):
            pairs.append(Shared(f"{a.key}{BOTH}{b.key}", "", False, both, max(a.at, b.at)))
    return pairs


def _gain(term: Shared, covered: frozenset[int], background: Background) -> float:
    """New voices first, then how rare the words are; names tell more."""
    rarest = max(map(background.rarity, words(term.key)), default=0.0)
    weight = (2.0 if term.named else 1.0) * (1 + 0.15 * min(size(term.key), 3)) * _lead(term)
    return (len(term.voices - covered) + 0.3 * len(term.voices)) * rarest * weight


def _lead(phrase: Shared) -> float:
    """Less the later a phrase comes: posts begin with their point."""
    return 1 / (1 + phrase.at / 100)


def tells(phrase: str, background: Background, most: int) -> float:
    """What a phrase says: the rarities of its `most` rarest words, two CJK characters being one."""
    rarities = [background.rarity(word) * (0.5 if is_cjk(word) else 1.0) for word in words(phrase)]
    return sum(sorted(rarities, reverse=True)[: 2 * most if is_cjk(phrase) else most])


def title(texts: Sequence[str], tickers: Sequence[str], background: Background, proposal: str = "") -> str:
    """A short readable name, ≤ 48 characters, without markup, links or @names; "" if nothing tells.

    The model's `proposal` if it reads as a phrase about these texts, else the leading entity and the most
    telling phrases that two or more of the texts share, in their commonest spelling.
    """
    heard = some(texts, MOST_VOICES)
    proposed = _shortened(_clean(proposal))
    composed = _composed(heard, tickers, background)
    if not _fits(proposed, heard, tickers):
        return composed
    spoken = grade(proposed) == 2 or (grade(proposed) == 1 and not proposed.islower())
    return proposed if spoken or grade(proposed) > grade(composed) else composed


def grade(name: str) -> int:
    """How much a name says: 0 a ticker or words of the trade, 1 a short phrase, 2 three words or more."""
    if all(part in GENERIC for part in words(name)):
        return 0
    return 2 if size(name) >= 3 else 1 if size(name) >= 2 else 0


def slug(title: str, id: str) -> str:
    """The name in links and commands, ^[a-z0-9-]{3,48}$; what has no latin letters or digits is `n-<id>`."""
    plain = _NOT_SLUG.sub("-", readable(title).lower()).strip("-")[:MAX_TITLE].strip("-")
    return plain if len(plain) >= 3 else f"n-{_NOT_SLUG.sub('', id.lower())}"[:MAX_TITLE].ljust(3, "0")


def _composed(texts: Sequence[str], tickers: Sequence[str], background: Background) -> str:
    """Entity and what is said of it, from shared phrases, in the script of most texts."""
    written = _in_cjk(texts)
    ranked = sorted(
        (phrase for phrase in shared(texts, most_words=7, most_cjk=12) if len(phrase.surface) <= 40),
        key=lambda phrase: (-_weight(phrase, background), phrase.key),
    )
    telling = [p for p in ranked if not all(word in GENERIC for word in words(p.key))]
    names = [p.surface for p in telling if p.named and p.key.count(" ") < 3]
    entity = _entity(tickers, texts) or _name(texts, background) or (names[0] if names else "")
    more = [p for p in ranked if set(words(p.key)) - set(words(entity))]
    about = [p for p in more if p in telling and size(p.key) >= 1 and is_cjk(p.key) == written]
    trade = [p for p in more if p not in telling and " " in p.key]  # better than a bare ticker
    last = [p for p in telling if size(p.key) >= 1] if not entity else trade if not written else []
    if entity:  # a scrap of a word or two says less beside a name than what happened to it
        about = [p for p in about if _is_full(p.key) or p.named] or _deeds(texts)
    return _joined(entity, _fullest_first(about or last, len(texts)))


def _deeds(texts: Sequence[str]) -> list[Shared]:
    """What most of the texts say was done, in one word of the trade: a listing, an airdrop, 融资."""
    found = []
    for deed in DEEDS:
        voices = frozenset(i for i, text in enumerate(texts) if contains(key(text), deed))
        if 2 * len(voices) > len(texts):
            found.append(Shared(deed, deed, False, voices, 0))
    return sorted(found, key=lambda phrase: (-len(phrase.voices), DEEDS.index(phrase.key)))[:1]


def _name(texts: Sequence[str], background: Background) -> str:
    """The rare name most of the texts use, as they write it; "" if there is none."""
    voices = Counter(word for text in texts for word in {*words(text)} & background.names)
    name = max(voices, key=lambda word: (voices[word], word), default="")
    if voices[name] < 2 or 2 * voices[name] <= len(texts) or name in background.parts:
        return ""
    return _spelling(name, texts)


def _spelling(name: str, texts: Sequence[str]) -> str:
    spelt = Counter(
        word for text in texts for word in re.findall(rf"(?<!\w){name}(?!\w)", readable(text), re.IGNORECASE)
    )
    return max(spelt, key=lambda word: (spelt[word], word), default=name)


def _in_cjk(texts: Sequence[str]) -> bool:
    """Whether most of the texts are written in Chinese, Japanese or Korean."""
    return sum(language(text) in _CJK for text in texts) * 2 > len(texts)


def _fullest_first(ranked: Sequence[Shared], voices: int) -> list[str]:
    """Surfaces in order, those of one ordinary word after those that say more and that many voices use."""
    full = [p for p in ranked if _is_full(p.key) and len(p.voices) >= max(2, FULL_SHARE * voices)]
    short = [p for p in ranked if p not in full]
    return [p.surface for p in (*full, *sorted(short, key=lambda p: not _is_full(p.key)))]


def _is_full(phrase: str) -> bool:
    return size(phrase) >= (1.5 if is_cjk(phrase) else 2)


def _weight(phrase: Shared, background: Background) -> float:
    """What the phrase tells, more for many voices, less the later it comes."""
    return float(len(phrase.voices) ** 0.7 * tells(phrase.key, background, 4) * _lead(phrase))


def _entity(tickers: Sequence[str], texts: Sequence[str]) -> str:
    """The leading ticker as people write it: a name in mixed case if they do, else capitals."""
    own = [ticker for ticker in tickers if ticker not in MAJORS] or list(tickers)
    if not own:
        return ""
    project = _project(own[0], texts)
    if project:
        return project
    spelt = Counter(
        word
        for text in texts
        for word in dict.fromkeys(re.findall(rf"(?<![$#\w])({own[0]})(?!\w)", readable(text), re.IGNORECASE))
    )
    names = [word for word in spelt if word[:1].isupper() and not word.isupper() and spelt[word] >= 2]
    return max(names, key=lambda word: (spelt[word], word), default=own[0])


def _project(ticker: str, texts: Sequence[str]) -> str:
    """The name two of the texts write before the ticker, as in "zkPass (ZKP)"; "" if they do not."""
    written = re.compile(rf"((?:[A-Z][\w.]*|[a-z]+[A-Z]\w*)(?: [A-Z][\w.]*)?)\s?[(（]\s?\$?{ticker}\s?[)）]")
    found = Counter(name for text in texts for name in set(written.findall(readable(text))))
    best = max(found, key=lambda name: (found[name], -len(name), name), default="")
    return best if found[best] >= 2 else ""


def _joined(entity: str, surfaces: Sequence[str]) -> str:
    """`Entity: phrase`; the phrase alone if it names the entity; a second phrase if the first is short."""
    if not surfaces:
        return entity
    name = surfaces[0]
    if entity and not contains(key(name), key(entity)):
        name = f"{entity}: {name}"
    elif name.split()[0].islower():
        name = name[0].upper() + name[1:]
    second = next((s for s in surfaces[1:] if not _repeats(s, name)), "")
    longer = f"{name}, {second}" if second and size(name) < 4 else name
    return _shortened(longer if len(longer) <= MAX_TITLE else name)


def _repeats(phrase: str, name: str) -> bool:
    """Whether a word of the phrase, or another form of it, already stands in the name."""
    return any(_is_form(a, b) for a in words(phrase) for b in words(name))


def _is_form(a: str, b: str) -> bool:
    """Whether two words are the same but for their endings: agent, agents; liquidate, liquidated."""
    stem = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return a == b or (stem >= STEM and max(len(a), len(b)) - stem <= ENDING)


def _clean(proposal: str) -> str:
    plain = _MARKUP.sub(" ", _BARE_LINK.sub(" ", readable(proposal)))
    return " ".join(plain.split()).strip(" -–—:,;.!?/\"'“”‘’()")


def _shortened(name: str) -> str:
    """Cut at a word's end."""
    if len(name) <= MAX_TITLE:
        return name
    cut = name[: MAX_TITLE + 1]
    cut = cut.rsplit(" ", 1)[0] if " " in cut.strip() else cut[:MAX_TITLE]
    return cut.rstrip(" -–—:,;.&/(")


def _fits(name: str, texts: Sequence[str], tickers: Sequence[str]) -> bool:
    """Whether a proposed name is about these texts; one in another script than all of them is trusted."""
    named = set(words(name))
    if not named or not texts:
        return bool(named)
    if named & {ticker.lower() for ticker in tickers if ticker not in MAJORS}:
        return True
    said = {word for text in texts for word in words(text)}
    same_script = any(is_cjk(a) == is_cjk(b) for a in named for b in said)
    return not same_script or any(word in said for word in named if word not in GENERIC)
