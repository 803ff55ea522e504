"""Any life: what may happen in it, in any order, and after each step the promises."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
)

from core.models.attention import Kind, Mode
from storage import attention, chats
from tests.bot.attention.becoming import Becoming
from tests.bot.attention.deciding import Deciding
from tests.bot.attention.leaving import Leaving
from tests.bot.attention.life import Life
from tests.bot.attention.mornings import Mornings
from tests.bot.attention.people import NIGHTS, People, night, quiet
from tests.bot.attention.steps import happens, kill, kill_of_reply, loud, moves, pick, readings
from tests.bot.attention.world import CHANGES, MOST, ZONES, World
from tests.core.makers import HOUR, chat

DAY = timedelta(days=1)
MORNING = 18  # half hours from a change of the clocks to after the next morning
LOOKS = ((), (), (2,), (7,), (2, 7))  # so many half hours on: past midnight, past the change of the clocks
unwanted = st.sampled_from([None, None, Kind.DIGEST, Kind.UPDATE, Kind.MARKET])
digest = st.sampled_from([None, "08:00"])


class AttentionMachine(People, RuleBasedStateMachine):
    """`house`: the database it is lived in."""

    def __init__(self, house):
        super().__init__()
        self._house = house

    @initialize(
        change=st.sampled_from(CHANGES), hours=st.integers(1, 14), looks=st.sampled_from(LOOKS), read=loud,
        nights=st.tuples(night, night), digests=st.tuples(digest, digest),
        off=st.tuples(unwanted, unwanted), broken=kill,
    )  # fmt: skip
    def begin(self, change, hours, looks, read, nights, digests, off, broken):
        """A night in which somebody's clocks change. The third chat sleeps then, and a rule may wake it.

        With `looks` whose clocks they are is awake, wants one alert a day, and has one just before midnight.
        """
        changed, hours = datetime.fromisoformat(f"{change}+00:00"), 3 if looks else hours
        self.life, self.number = Life(self._house, changed - hours * HOUR), 0
        self.world = World(self.life)
        self.deciding, self.mornings = Deciding(self.life, self.world), Mornings(self.life, self.world)
        self.leaving, self.becoming = Leaving(self.life, self.world), Becoming(self.life, self.world)
        people = zip(Life.chat_ids, ZONES, (*nights, NIGHTS[1]), (*digests, None), (*off, None), strict=True)
        self.life.write(self._open, list(people))
        self.world.begin(3)
        self.a_rule_is_added_or_edited(id=3, line="authors >= 10 urgent")
        if looks:
            awake = Life.chat_ids[CHANGES.index(change) // 2]
            self.life.write(attention.change, awake, quiet=None, budget=1)
        self.goes_by(1, read, broken=broken)
        for half_hours in looks:
            self.goes_by(half_hours, read, broken=broken)
        self._passes(2 * hours + MORNING - sum(looks), broken)

    async def _open(self, c, people):
        for id, zone, hours, at, off in people:
            await chats.save(c, chat(id, zone=zone, digest_at=at, created_at=self.life.now))
            await attention.change(c, id, quiet=quiet(hours), kinds={off: Mode.OFF} if off else {})

    def teardown(self):
        if hasattr(self, "life"):
            self.the_sender_sleeps_or_wakes(awake=True)
            self.what_leaves_is_as_promised()

    # --- stories ----------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.world.known) < MOST)
    @happens(nth=pick, split=st.booleans())
    def a_story_begins_or_splits(self, nth, split):
        self.world.begin(1, split_from=self.world.nth(nth) if split else None)

    @precondition(lambda self: len(self.world.live()) > 1)
    @happens(nth=pick, other=pick)
    def two_stories_are_one(self, nth, other):
        live = self.world.live()
        told = [f.narrative_id for f in self.life.fired() if f.narrative_id in live]
        gone = told[-1 - nth // 2 % len(told)] if told and nth % 2 else live[nth % len(live)]
        rest = [id for id in live if id != gone]
        self.world.merge(gone, rest[other % len(rest)])

    @happens(
        nth=pick, gone=st.integers(0, 3), authors=st.sampled_from([0, 3, 9]),
        coordinated=st.sampled_from([False, False, True]),
    )  # fmt: skip
    def more_is_known_of_a_story(self, nth, gone, authors, coordinated):
        self.world.turns_out(self.world.nth(nth), gone=gone, confirmed=authors, coordinated=coordinated)

    @happens(
        nth=pick, merged=st.booleans(), coordinated=st.booleans(), read=readings, killed=kill | kill_of_reply
    )
    def what_was_told_collapses(self, nth, merged, coordinated, read, killed):
        for id in self._told_lately(nth, merged):
            gone = 0 if coordinated else 3
            self.world.turns_out(id, gone=gone, coordinated=coordinated, deserted=not coordinated)
        self.goes_by(1, read, broken=killed)

    @happens(nth=pick, merged=st.booleans(), read=readings, killed=kill)
    def what_was_told_is_confirmed(self, nth, merged, read, killed):
        for id in self._told_lately(nth, merged):
            self.world.turns_out(id, confirmed=9)
        self.goes_by(1, read, broken=killed)

    def _told_lately(self, nth, merged):
        """The ids of a story that was told within a day, merged into another one first if wanted."""
        fired = [f for f in self.life.fired() if f.at > self.life.now - DAY and f.rule != "market"]
        told = list(dict.fromkeys(self.world.survivor(f.narrative_id) for f in fired))
        if not told:
            return []
        story = told[nth % len(told)]
        if merged and len(self.world.live()) > 1:
            gone, story = story, next(id for id in self.world.live() if id != story)
            self.world.merge(gone, story)
        return self.world.family(story)

    # --- time -------------------------------------------------------------------------------------------

    @happens(times=st.integers(2, 4), read=readings, move=moves)
    def loud_hours_go_by(self, times, read, move):
        for _ in range(times):
            self.goes_by(1, read, move)

    @happens(read=readings)
    def a_day_goes_by(self, read):
        self.goes_by(48, read)

    @happens()
    def restart(self):
        self.life.restarted()

    @happens(awake=st.booleans())
    def the_sender_sleeps_or_wakes(self, awake):
        self.life.awake = awake
        self.life.sends()

    @happens(half_hours=st.sampled_from([1, 5, 9]), read=loud, day=st.booleans())
    def the_sender_is_down_for_hours(self, half_hours, read, day):
        self.life.awake = False
        self.goes_by(1, read)
        self._passes(half_hours)
        self.the_sender_sleeps_or_wakes(awake=True)
        self._passes(48 if day else 0)

    def goes_by(self, half_hours, read, move=None, cut_off=False, broken=None):
        """Some half hours, at the end of which this is read of X; `move`: of all stories at once."""
        self._passes(half_hours, broken)
        scored, common = self.world.scores(read), self.world.common(move, surprise=read[0][0])
        true, before = self.deciding.true_now(scored, common), self.life.fired()
        made = self.life.judges(scored, common, cut_off=cut_off)
        self.deciding.look(made, before, true, common)
        self.becoming.look(scored)
        self.life.sends(broken)

    def _passes(self, half_hours, broken=None):
        self.life.passes(self.life.now + half_hours * HOUR / 2, self.mornings.look, broken)

    @invariant()
    def what_leaves_is_as_promised(self):
        if hasattr(self, "life"):
            self.leaving.look()
            self.becoming.reached()
