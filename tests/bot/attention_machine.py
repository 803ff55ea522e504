"""Any life of three chats: rules, silences, stories, clock changes, kills; what holds after every step."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import Phase as Part
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot import digests
from core.alerts.decide import FOR_DIGEST
from core.alerts.language import parse
from core.models import Feedback, Phase, Verdict
from core.models.attention import Kind, Mode, QuietHours, Sensitivity, Silence
from core.models.rules import Rule
from storage import attention, chats, feedback, narratives, rules
from tests.bot.attention_life import Life
from tests.core.makers import HOUR, chat, narrative, score

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
EVES = (
    "2026-03-28",
    "2026-10-24",
    "2026-03-07",
    "2026-10-31",
    "2026-04-04",
    "2026-10-03",
)  # of their changes
NIGHTS = (None, ("22:00", "08:00"), ("23:00", "07:00"), ("05:00", "10:00"), ("12:00", "15:00"))
LINES = {  # line → authors from which it is true (None: it is not that simple)
    "authors >= 10": 10, "authors >= 10 urgent": 10, "authors >= 20 every 2h": 20, "authors >= 10 once": 10,
    "surprise crosses above 4": None, "phase becomes accelerating": None,
    "momentum > 3x urgent every 3h": None,
}  # fmt: skip
RISE = {Phase.QUIET: 0, Phase.FADING: 0, Phase.EMERGING: 1, Phase.PEAKING: 2, Phase.ACCELERATING: 3}
STEPS = 20  # of a life
MOST = 6  # narratives
SAME = timedelta(hours=6)  # a hold for the same reason is written down once in so long
LATEST = timedelta(hours=50)  # a local day, and another zone's
who = st.sampled_from(Life.chat_ids)
pick = st.integers(0, 9)
reading = st.tuples(
    st.sampled_from([0.5, 2.7, 3.2, 4.3, 6.0]), st.sampled_from([0.8, 2.0, 5.0]), st.sampled_from(Phase),
    st.sampled_from([4, 12, 30]),
)  # fmt: skip
turn = st.tuples(st.integers(1, 18), st.lists(reading, min_size=MOST, max_size=MOST))


class AttentionMachine(RuleBasedStateMachine):
    """`template`: where a migrated SQLite file is kept to be copied."""

    def __init__(self, template):
        super().__init__()
        self._template = template

    @initialize(eve=st.sampled_from(EVES), hour=st.integers(0, 23), digest=st.none() | st.just("08:00"))
    def begin(self, eve, hour, digest):
        self.life = Life(self._template, datetime.fromisoformat(eve).replace(hour=hour, tzinfo=UTC))
        self.redirects, self.parts, self.number = {}, {}, 0
        self.told_until = dict.fromkeys(Life.chat_ids, self.life.now)
        for id, zone in zip(Life.chat_ids, ZONES, strict=True):
            at = digest if id == 1 else None
            self.life.write(chats.save, chat(id, zone=zone, digest_at=at, created_at=self.life.now))
        for _ in range(3):
            self._story()
        self.set_quiet_hours(3, NIGHTS[1])  # one sleeper whose rule may wake it
        self.add_a_rule(3, "authors >= 10 urgent")

    def teardown(self):
        if hasattr(self, "life"):
            try:
                self.life.awake = True
                self.life.sends()
                self._everything_fired_was_told()
            finally:
                self.life.close()

    # --- rules ------------------------------------------------------------------------------------------

    @rule(id=who, line=st.sampled_from(list(LINES)))
    def add_a_rule(self, id, line):
        self.number += 1
        self.life.write(rules.add, self._rule(f"r{self.number}", id, line))

    @rule(id=who, line=st.sampled_from(list(LINES)), nth=pick)
    def edit_a_rule(self, id, line, nth):
        if old := self._own(id, nth):
            self.life.write(rules.replace, self._rule(old.id, id, line))

    @rule(id=who, nth=pick)
    def pause_or_resume_a_rule(self, id, nth):
        if old := self._own(id, nth):
            self.life.write(rules.replace, old.model_copy(update={"paused": not old.paused}))

    @rule(id=who, nth=pick)
    def delete_a_rule(self, id, nth):
        if old := self._own(id, nth):
            self.life.write(rules.remove, id, old.id)

    def _rule(self, rule_id, chat_id, line):
        spec = parse(line)
        fields = {name: getattr(spec, name) for name in type(spec).model_fields}
        return Rule(id=rule_id, chat_id=chat_id, created_at=self.life.now, source=line, **fields)

    def _own(self, id, nth):
        mine = self.life.read(rules.of_chat, id)
        return mine[nth % len(mine)] if mine else None

    # --- attention --------------------------------------------------------------------------------------

    @rule(id=who, hours=st.sampled_from(NIGHTS))
    def set_quiet_hours(self, id, hours):
        wanted = QuietHours(start=hours[0], end=hours[1]) if hours else None
        self.life.write(attention.change, id, quiet=wanted)

    @rule(id=who, zone=st.sampled_from(ZONES))
    def move(self, id, zone):
        self.life.write(chats.change, id, zone=zone)

    @rule(id=who, budget=st.integers(0, 5), sensitivity=st.sampled_from(Sensitivity))
    def allow(self, id, budget, sensitivity):
        self.life.write(attention.change, id, budget=budget, sensitivity=sensitivity)

    @rule(id=who, kind=st.sampled_from([Kind.ALERT, Kind.RULE]), mode=st.sampled_from(Mode))
    def switch_a_kind(self, id, kind, mode):
        self.life.write(attention.change, id, kinds=self.life.allows(id).kinds | {kind: mode})

    @rule(id=who, hours=st.sampled_from([1, 8, 24, None]), aim=st.sampled_from(["chat", "narrative", "rule"]),
          nth=pick)  # fmt: skip
    def silence(self, id, hours, aim, nth):
        aims = {"chat": [""], "narrative": self._live(), "rule": ["plain", *map(_id, self._rules(id))]}[aim]
        until = self.life.now + timedelta(hours=hours) if hours else None
        wanted = Silence(target=aim, id=aims[nth % len(aims)], until=until, since=self.life.now)
        self.life.write(attention.silence, id, wanted)

    @rule(id=who, nth=pick)
    def undo_a_silence(self, id, nth):
        if held := self.life.allows(id).silences:
            silence = held[nth % len(held)]
            self.life.write(attention.unsilence, id, silence.target, silence.id)

    @rule(id=who, on=st.booleans())
    def want_a_digest(self, id, on):
        changed = self.life.write(chats.change, id, digest_at="08:00" if on else None)
        if on:
            self.life.write(digests.postpone_to_tomorrow, changed, self.life.now)

    @rule(id=who)
    def ask_for_the_digest(self, id):
        must = self._must(id, self.told_until[id], self.life.now)
        told = self.life.asks_for_digest(id)
        assert must <= told, f"held back and not in the digest of {id}: {must - told}"
        self.told_until[id] = self.life.now

    @rule(nth=pick, verdict=st.sampled_from(Verdict), user=st.integers(1, 2))
    def press_a_verdict(self, nth, verdict, user):
        if fired := self.life.fired():
            about = fired[-1 - nth % len(fired)]
            given = Feedback(
                chat_id=about.chat_id, firing_id=about.id, user_id=user, verdict=verdict, rule=about.rule,
                narrative_id=about.narrative_id, at=self.life.now,
            )  # fmt: skip
            self.life.write(feedback.toggle, given)

    def _rules(self, id):
        return self.life.read(rules.of_chat, id)

    # --- stories ----------------------------------------------------------------------------------------

    def _live(self):
        return [id for id in self.known if id not in self.redirects]

    def _story(self, split_from=None):
        self.known = getattr(self, "known", {})
        id, now = f"a{len(self.known)}", self.life.now
        born = now if split_from or len(self.known) > 1 else now - timedelta(days=9)
        self.known[id] = narrative(
            id, first_seen_at=born, earliest_post_at=born, last_post_at=now, split_from=split_from
        )
        self.life.write(narratives.save, [self.known[id]])
        return id

    @precondition(lambda self: len(self.known) < MOST)
    @rule()
    def a_story_begins(self):
        self._story()

    @precondition(lambda self: len(self._live()) > 1)
    @rule(nth=pick, other=pick)
    def two_stories_are_one(self, nth, other):
        live = self._live()
        told = [f.narrative_id for f in self.life.fired() if f.narrative_id in live]
        gone = told[-1 - nth // 2 % len(told)] if told and nth % 2 else live[nth % len(live)]
        rest = [id for id in live if id != gone]
        survivor = rest[other % len(rest)]
        self.redirects[gone] = survivor
        self.life.write(narratives.save, [self.known[gone].model_copy(update={"redirect_to": survivor})])

    @precondition(lambda self: len(self.known) < MOST)
    @rule(nth=pick)
    def a_story_splits(self, nth):
        live = self._live()
        whole = live[nth % len(live)]
        self.parts[self._story(split_from=whole)] = (whole, self.life.now)

    # --- time -------------------------------------------------------------------------------------------

    @rule(turns=st.lists(turn, min_size=1, max_size=5), cut_off=st.sampled_from([False, False, False, True]),
          broken=st.sampled_from([None] * 6 + ["before", "after"]))  # fmt: skip
    def time_passes_and_x_is_read(self, turns, cut_off, broken):
        for half_hours, readings in turns:
            self.life.passes(self.life.now + half_hours * HOUR / 2, self._mornings)
            self._turn(readings, cut_off)
            self.life.sends(broken)

    def _turn(self, readings, cut_off):
        now, live = self.life.now, self._live()
        scored = [
            score(
                id, surprise=surprise, ratio=ratio, phase=phase, phase_since=now, as_of=now, rank=rank,
                authors_24h=authors, cycle_id=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            )
            for rank, (id, (surprise, ratio, phase, authors)) in enumerate(
                zip(live, readings, strict=False), 1
            )
        ]  # fmt: skip
        wanted, before = self._expected(scored), self.life.fired()
        made = self.life.judges(scored, cut_off=cut_off)
        self._look_at(made, before)
        self._nothing_without_a_reason(wanted)

    @rule()
    def restart(self):
        self.life.restarted()

    @rule(awake=st.booleans())
    def the_sender_sleeps_or_wakes(self, awake):
        self.life.awake = awake
        self.life.sends()

    # --- what must hold ---------------------------------------------------------------------------------

    def _survivor(self, id):
        while id in self.redirects:
            id = self.redirects[id]
        return id

    def _look_at(self, made, before):
        """Every new firing beside all earlier ones; `before`: rows of those."""
        owned = {(id, r.id): r for id in Life.chat_ids for r in self._rules(id)}
        reasons = {(d.chat_id, d.rule, d.narrative_id): d.reason for d in made.decisions if d.fired}
        assert reasons.keys() == {(f.chat_id, f.rule, f.narrative_id) for f in made.firings}
        for id in Life.chat_ids:
            mine = [f for f in made.firings if f.chat_id == id]
            if mine:
                self._within_budget(id, mine, before)
                self._asleep(id, mine, before, owned)
        for firing in made.firings:
            self._wanted(firing)
            self._cooled(firing, before, owned, reasons[firing.chat_id, firing.rule, firing.narrative_id])

    def _within_budget(self, id, mine, before):
        place = ZoneInfo(self.life.chat(id).zone)
        today = self.life.now.astimezone(place).date()
        told = [f for f in (*before, *mine) if f.chat_id == id and f.at.astimezone(place).date() == today]
        assert _stories(told) <= self.life.allows(id).budget, f"over the budget of {id}"

    def _asleep(self, id, mine, before, owned):
        quiet, place = self.life.allows(id).quiet, ZoneInfo(self.life.chat(id).zone)
        if not _inside(quiet, place, self.life.now):
            return
        began = self.life.now
        while _inside(quiet, place, began - HOUR / 4):
            began -= HOUR / 4
        told = [f for f in (*before, *mine) if f.chat_id == id and f.at >= began]
        assert _stories(told) == 1, f"{id} was woken more than once"
        assert any((id, f.rule) in owned and owned[id, f.rule].urgent for f in mine), f"{id} was woken"

    def _cooled(self, firing, before, owned, reason):
        """Not told within its cooldown, unless it is recorded as an escalation and is one."""
        own = owned.get((firing.chat_id, firing.rule))
        cooldown = timedelta(hours=(own.cooldown_hours if own else None) or 24)
        alike = [f for f in before if (f.chat_id, f.rule) == (firing.chat_id, firing.rule)]
        told = [f for f in alike if self._same_story(f, firing.narrative_id)]
        last = max((f.at for f in told), default=None)
        if last is None or firing.at - last >= cooldown:
            return
        assert reason == "escalated", f"{firing.rule} fired twice in {firing.chat_id}: {firing.narrative_id}"
        newest = [f for f in told if f.at == last]  # two of them where both stories of a merger were told
        grown = firing.surprise - max(f.surprise for f in newest) >= 1 and firing.at - last >= HOUR
        assert grown or RISE[firing.phase] > max(RISE[Phase(f.phase)] for f in newest)

    def _same_story(self, earlier, id):
        if self._survivor(earlier.narrative_id) == id:
            return True
        whole, since = self.parts.get(id, (None, None))
        return whole is not None and earlier.at <= since and (
            self._survivor(earlier.narrative_id) == self._survivor(whole)
        )  # fmt: skip

    def _wanted(self, firing):
        allowed = self.life.allows(firing.chat_id)
        for silence in (s for s in allowed.silences if s.holds(self.life.now)):
            aims = {"chat": "", "narrative": firing.narrative_id, "rule": firing.rule}
            aimed = self._survivor(silence.id) if silence.target == "narrative" else silence.id
            assert aimed != aims[silence.target], f"silenced: {silence}"
        kind = Kind.ALERT if firing.rule == "plain" else Kind.RULE
        assert allowed.mode(kind) is not Mode.OFF

    def _expected(self, scored):
        """(chat, rule, narrative) of simple rules that are true now."""
        wanted = set()
        for id in Life.chat_ids:
            for own in self._rules(id):
                least = LINES[own.source]
                if least and not own.paused and own.done_at is None:
                    wanted |= {(id, own.id, s.narrative_id) for s in scored if s.authors_24h >= least}
        return wanted

    def _nothing_without_a_reason(self, wanted):
        """Each that is true now has fired, or has a reason that was written down lately."""
        now = self.life.now
        lately = {}
        for d in self.life.decided():
            assert d.reason and (d.fired or d.detail)
            if d.at > now - SAME:
                lately[d.chat_id, d.rule, d.narrative_id] = d
        for key in wanted:
            found = lately.get(key)
            assert found is not None and (not found.fired or found.at == now), f"no reason for {key}"

    def _mornings(self, planned):
        """What came this morning tells of all that was held; what did not come has nothing to tell."""
        now = self.life.now
        for id, until, told in planned:
            must = self._must(id, self.told_until[id], until)
            assert must <= told, f"held back and not told in {id}: {must - told}"
            self.told_until[id] = until
        for id in Life.chat_ids:
            late = self._must(id, self.told_until[id], now - LATEST, fired_by=now)
            assert not late, f"held back from {id} and never told: {late}"

    def _must(self, id, since, until, fired_by=None):
        """Stories whose newest decision in [since, until) was a hold that a digest or note tells of."""
        newest = {}
        for d in self.life.decided():
            if (
                d.chat_id == id
                and since <= d.at < (fired_by or until)
                and (d.fired or d.reason in FOR_DIGEST)
            ):
                newest[d.rule, d.narrative_id] = d
        held = [d for d in newest.values() if not d.fired and d.at < until]
        expired = {d.narrative_id for d in newest.values() if d.reason == "expired"}
        heard = {f.narrative_id for f in self.life.fired() if f.chat_id == id and f.at >= since} - expired
        return {
            self._survivor(d.narrative_id)
            for d in held
            if not (d.reason == "cooldown" and d.narrative_id in heard)
        }

    @invariant()
    def nothing_is_sent_twice(self):
        if not hasattr(self, "life"):
            return
        cut = {told for chat_id, text in self.life.telegram.cut for told in _each(chat_id, text)}
        sent = Counter(told for chat_id, text in self.life.telegram.sent for told in _each(chat_id, text))
        for told, times in sent.items():
            digest = ":" in told[1]
            assert times <= (2 if told in cut and not digest else 1), f"{told} came {times} times"

    def _everything_fired_was_told(self):
        """Each firing is in a message, or is written down as too late."""
        sent = {told for chat_id, text in self.life.telegram.sent for told in _each(chat_id, text)}
        cut = {told for chat_id, text in self.life.telegram.cut for told in _each(chat_id, text)}
        late = {(d.chat_id, d.cycle_id, d.rule, d.narrative_id) for d in self.life.decided()
                if d.reason == "expired"}  # fmt: skip
        for f in self.life.fired():
            lead = f.chat_id, f.told_by or f.id
            key = f.chat_id, f.cycle_id, f.rule, f.narrative_id
            assert lead in sent or lead in cut or key in late, f"{key} fired and nobody heard"


def _id(owned):
    return owned.id


def _at(firing):
    return firing.at


def _stories(fired):
    return len({(f.cycle_id, f.narrative_id) for f in fired})


def _each(chat_id, text):
    return [(chat_id, line) for line in text.splitlines()]


def _inside(quiet, place, moment):
    """Whether a clock on the wall there stands in quiet hours."""
    if quiet is None:
        return False
    (start, end), local = quiet.times, moment.astimezone(place).time()
    return start <= local < end if start < end else local >= start or local < end


def live(template, lives, seed, *, shrink=True):
    """So many lives; the one that breaks a promise is raised, made small first if wanted."""

    @seeded(seed)
    def begin():
        return AttentionMachine(template)

    parts = tuple(Part) if shrink else (Part.generate,)
    chosen = settings(
        max_examples=lives, stateful_step_count=STEPS, deadline=None, database=None, phases=parts,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    run_state_machine_as_test(begin, settings=chosen)
