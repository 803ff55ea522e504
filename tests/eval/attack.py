"""What a bought breakout costs: `python -m tests.eval.attack` prints the curve and what honest stories pay.

A story that nobody told before is planted among ordinary ones; every hour the product's own chain measures,
ranks and judges. The attacker knows all rules and takes the cheapest way to an alert within a day: how many
accounts, with how many posts each, over how many hours, as the defence *sees* them (a poll that misses posts
makes it dearer). All accounts count as confirmed, which is the attacker's best case.

- plain: new accounts, the same words · varied: new accounts, words of their own, all at once · spread: the
  same over hours · aged: the same with accounts that had a post accepted more than a week before, which
  counts as a post too · mixed: half of each
- undefended: copies are not collapsed, coordination and unknown accounts hold nothing

`MOST` accounts stand for "not with so many". An honest story is told by many people with their own words, of
whom INTERN has known a part for a week; it is seen through the ten newest posts an hour. Its delay is what
the defence costs it, in hourly polls; one that is told only without the defence is lost.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import fmean

from core import scoring
from core.alerts import confirmation
from core.alerts.builtin import plain, plain_expression
from core.alerts.candidate import Ground
from core.alerts.decide import Ruling, candidates, decide
from core.alerts.moment import Moment
from core.alerts.params import WAITS, AlertParams
from core.alerts.rules import evaluate
from core.models import Chat, ChatKind, Mention, Narrative, Poll, QuestionKind, Score
from core.models.attention import Sensitivity
from core.models.rules import Crossing
from core.signals import Log, build, measure, sampled

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HISTORY, ORDINARY, PER_HOUR = 120, 6, 1.0  # hours, stories and posts an hour of the world around it
CROWD = 400
DAY = 24
PATIENCE = 6  # polls after the last bought post
MOST = 200
HOURS = (1, 2, 4)
POSTS_EACH = (1, 2)
PAGE = 10
STORIES = 12  # honest ones, for each share of known authors
KNOWN = (0.8, 0.5, 0.2, 0.0)
PARAMS = AlertParams()
CHAT = Chat(id=1, kind=ChatKind.PRIVATE, subscribed=True, created_at=NOON)
RULE = plain(CHAT.id, plain_expression(Sensitivity.STANDARD, PARAMS))


@dataclass(frozen=True)
class Attack:
    """So many accounts that post `each` times within `hours`."""

    accounts: int
    each: int = 1
    hours: int = 1
    same_words: bool = False
    aged: float = 0.0  # share of the accounts

    @property
    def posts(self) -> int:
        """Those of the day, and one each that made the accounts known."""
        return self.accounts * self.each + round(self.accounts * self.aged)


SKILLS = {
    "plain": [Attack(0, same_words=True)],
    "varied": [Attack(0, each=each) for each in POSTS_EACH],
    "spread": [Attack(0, each=each, hours=hours) for each in POSTS_EACH for hours in HOURS],
    "mixed": [Attack(0, each=each, hours=hours, aged=0.5) for each in POSTS_EACH for hours in HOURS],
    "aged": [Attack(0, each=each, hours=hours, aged=1.0) for each in POSTS_EACH for hours in HOURS],
}


def figures() -> dict[str, float]:
    """The curve, and the price that honest stories pay."""
    found: dict[str, float] = {}
    for skill, ways in SKILLS.items():
        for suffix, defended in (("", True), ("_undefended", False)):
            best = cheapest(ways, defended=defended)
            found[f"attack_accounts_{skill}{suffix}"] = best.accounts
            found[f"attack_posts_{skill}{suffix}"] = best.posts
    for known in KNOWN:
        delays = [delay(known, seed) for seed in range(STORIES)]
        told = [each for each in delays if each is not None]
        name = f"known{known * 100:.0f}"
        found[f"honest_delay_polls_{name}"] = fmean(told) if told else float(DAY)
        found[f"honest_lost_{name}"] = 1 - len(told) / len(delays)
    return found


# --- the attacker ----------------------------------------------------------------------------------------


def cheapest(ways: Sequence[Attack], *, defended: bool) -> Attack:
    """The way with the fewest accounts, then posts; `MOST` accounts where none works."""
    best = replace(ways[0], accounts=MOST)
    for way in ways:
        found = _fewest(way, best.accounts, defended=defended)
        best = min(best, found, key=lambda attack: (attack.accounts, attack.posts))
    return best


def _fewest(way: Attack, most: int, *, defended: bool) -> Attack:
    """By halves: that more accounts alert no less holds up to one or two."""
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if alerted(replace(way, accounts=middle), defended=defended) is None:
            low = middle
        else:
            high = middle
    return replace(way, accounts=high)


@cache
def alerted(attack: Attack, *, defended: bool) -> int | None:
    """The poll at which it is told, counted from the story's first; None: not within a day."""
    rng = random.Random(f"{attack}")
    aged = round(attack.accounts * attack.aged)
    posts = []
    for i in range(attack.accounts * attack.each):
        account = i % attack.accounts
        minutes = rng.uniform(1, 10 if attack.same_words else 60 * attack.hours - 1)
        words = "same" if attack.same_words and defended else f"bought {i}"
        posts.append(_mention("told", f"b{i}", NOON + timedelta(minutes=minutes), f"bought {account}", words))
    return _told(posts, frozenset(f"bought {i}" for i in range(aged)), defended=defended)


# --- the honest story ------------------------------------------------------------------------------------


def delay(known: float, seed: int) -> int | None:
    """Polls that the defence costs a story of which INTERN knows such a share of the authors."""
    rng = random.Random(f"honest/{seed}")
    people = [f"person {i}" for i in range(600)]
    posts = list(_honest(rng, people))
    regulars = frozenset(person for person in people if rng.random() < known)
    with_it, without = (_told(posts, regulars, defended=defended) for defended in (True, False))
    return None if with_it is None else with_it - (without if without is not None else with_it)


def _honest(rng: random.Random, people: Sequence[str]) -> Iterator[Mention]:
    """A spike that halves every five hours, through the newest posts of each hour."""
    peak = rng.uniform(20, 60)
    for hour in range(DAY):
        many = round(rng.gammavariate(6, 1 / 6) * peak * 0.5 ** (hour / 5))
        minutes = sorted(rng.uniform(0, 60) for _ in range(many))[-PAGE:]
        for i, minute in enumerate(minutes):
            at = NOON + timedelta(hours=hour, minutes=minute)
            yield _mention("told", f"h{hour}.{i}", at, rng.choice(people), f"words {hour}.{i}")


# --- the chain -------------------------------------------------------------------------------------------


def _told(posts: Sequence[Mention], regulars: frozenset[str], *, defended: bool) -> int | None:
    previous: dict[str, Score] = {}
    crossed: dict[tuple[str, str], Crossing] = {}
    held: int | None = None
    last = max((m.created_at for m in posts), default=NOON)
    for number in range(1, min(DAY, (last - NOON) // HOUR + PATIENCE) + 1):
        score = _scored(posts, regulars, number, previous)
        if score is None:
            continue
        seen = score if defended else score.model_copy(update={"coordination": None, "voices": None})
        waits = held is not None and (number - held) * HOUR <= WAITS
        ruling = _judged(seen, previous, crossed, waits=waits)
        previous["told"] = score
        if ruling.firings:
            return number
        if any(decision.reason == confirmation.REASON for decision in ruling.decisions):
            held = number
    return None


def _judged(
    score: Score,
    previous: dict[str, Score],
    crossed: dict[tuple[str, str], Crossing],
    *,
    waits: bool,
) -> Ruling:
    """What a subscribed chat is told of the story."""
    narrative = _narrative("told", NOON)
    moment = Moment(
        [narrative], {"told": score}, now=score.as_of, before=previous,
        waiting={"told"} if waits else frozenset(), params=PARAMS,
    )  # fmt: skip
    found = evaluate([RULE], moment, crossings=crossed)
    crossed.clear()
    crossed.update(found.crossings)
    ground = Ground(now=score.as_of, cycle_id="c", chats={CHAT.id: CHAT}, params=PARAMS)
    return decide(candidates(found.hits, {"told": narrative}, {"told": score}), ground)


def _scored(
    posts: Sequence[Mention], regulars: frozenset[str], number: int, previous: dict[str, Score]
) -> Score | None:
    """The story's score at its poll of that number, found by discovery first and refreshed from then on."""
    now = NOON + number * HOUR
    known = [m._replace(known_at=m.created_at, metered=number > 1) for m in posts if m.created_at <= now]
    if not known:
        return None
    mentions, names = _ordinary()
    mentions = [*(m for m in mentions if m.created_at <= now), *known]
    polls = [_poll(f"s{i}", now, HISTORY + DAY) for i in range(ORDINARY)]
    if number > 1:
        polls.append(_poll("told", now, number + DAY))
    discovered = [(m.post_id, m.created_at, m.created_at) for m in mentions]
    ids = [f"s{i}" for i in range(ORDINARY)] + ["told"]
    panel = build(ids, Log.of(mentions, sampled(polls), finds=discovered), now=now, hours=HISTORY)
    narratives = [_narrative(id, now - 30 * DAY * HOUR) for id in ids[:-1]] + [_narrative("told", NOON)]
    scores = scoring.rank(
        narratives, panel, measure(panel), mentions, previous,
        cycle_id="c", now=now, regulars=names | regulars,
    )  # fmt: skip
    return next(score for score in scores if score.narrative_id == "told")


@cache
def _ordinary() -> tuple[list[Mention], frozenset[str]]:
    """The posts of ordinary stories, from so many hours before to a day after, and who is known."""
    rng = random.Random("ordinary")
    mentions = []
    for story in range(ORDINARY):
        rate = PER_HOUR * rng.uniform(0.3, 2.0)
        at = -float(HISTORY)
        while (at := at + rng.expovariate(rate)) < DAY:
            i = len(mentions)
            author = f"someone {int(CROWD * rng.random() ** 2)}"
            mentions.append(_mention(f"s{story}", f"o{i}", NOON + at * HOUR, author, f"ordinary {i}"))
    return mentions, frozenset(f"someone {i}" for i in range(CROWD) if rng.random() < 0.8)


@cache
def _signature(words: str) -> int:
    return random.Random(words).getrandbits(62) or 1


def _mention(narrative: str, name: str, at: datetime, author: str, words: str) -> Mention:
    post_id = str(random.Random(name).getrandbits(62))
    return Mention(narrative, post_id, at, at, True, author, signature=_signature(words), confirmed=True)


@cache
def _narrative(id: str, earliest: datetime) -> Narrative:
    return Narrative(
        id=id, slug=id, title=id, query=id, first_seen_at=earliest, earliest_post_at=earliest,
        last_post_at=NOON + DAY * HOUR,
    )  # fmt: skip


def _poll(narrative: str, now: datetime, hours: int) -> Poll:
    return Poll(
        id=f"{narrative} {now}", cycle_id="c", kind=QuestionKind.REFRESH, narrative_id=narrative,
        query=narrative, mode="Latest", limit=PAGE, since=now - hours * HOUR, until=now, ok=True,
        covered_from=now - hours * HOUR, known_at=now,
    )  # fmt: skip


def main(show: Callable[[str], object] = print) -> None:
    for name, value in figures().items():
        show(f"{name:<40} {value:>8.4g}")


if __name__ == "__main__":
    main()
