"""Any life: chats come, go, move and fall silent between the planning of a message and its sending."""

from datetime import timedelta
from functools import wraps

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from core.models import Feedback, Phase, Verdict
from storage import attention, chats, feedback
from tests.bot.attention.world import FEW, MANY, World
from tests.bot.delivering.promises import Promises
from tests.bot.delivering.town import ADMIN, Town
from tests.core.makers import HOUR, NOW, chat

FIRST = 2  # stories; each turn brings one more that is new
MOST = 50  # alerts a day
LOUD, CALM = (6.0, 5.0, Phase.ACCELERATING, MANY), (0.5, 0.8, Phase.QUIET, FEW)
some = st.integers(0, 2)  # of the places; the last one of the town is left in peace
story = st.sampled_from([0, 0, 0, 1, 2])  # so many before the newest
loud = st.sets(st.sampled_from([1, 2, 3]))  # beside the newest
turn = st.tuples(st.sampled_from([0.5, 1, 1, 2, 3, 24]), loud)
after = st.sampled_from(["", "", "hears", "hears twice"])
ways = st.sampled_from(["", "sends", "sends", "sends", "breaks", "loses"])

how = st.sampled_from(["before", "after"])
kill = st.tuples(how, st.integers(0, 4), st.just(""))
kills = st.lists(kill, min_size=1, max_size=2)


def happens(**drawn):
    """A rule of the test, perhaps while alerts of a turn wait to leave; then the bot may hear of it, perhaps
    twice, and what is due may leave: well, cut off by a kill, or with an answer lost."""

    def made(act):
        @rule(before=st.none() | turn, heard=after, way=ways, broken=kills, **drawn)
        @wraps(act)
        def step(self, before=None, heard="", way="", broken=(), **given):
            if before:
                self.hours_go_by(*before)
            act(self, **given)
            self.goes_on(heard, way, broken)

        return step

    return made


class DeliveringMachine(RuleBasedStateMachine):
    """`house`: the database it is lived in."""

    def __init__(self, house):
        super().__init__()
        self._house, self.town = house, None

    @initialize(digest=st.booleans())
    def begin(self, digest):
        """Everybody wants alerts; the forum has them in a topic."""
        self.town = Town(self._house, NOW - 5 * HOUR)  # seven in the morning
        self.world, self.promises = World(self.town), Promises(self.town)
        self.town.write(self._open, "08:00" if digest else None)
        self.world.begin(FIRST)
        self.turns = set()

    async def _open(self, c, digest_at):
        for each in self.town.places:
            known = chat(each.id, kind=each.kind, thread_id=each.topic, digest_at=digest_at)
            await chats.save(c, known)
            await attention.change(c, each.id, budget=MOST)

    def teardown(self):
        if self.town:
            try:
                self.goes_on("hears", "sends")
            finally:
                self.town.closes()

    def goes_on(self, heard, way, broken=()):
        if heard:
            self.hears(twice=heard == "hears twice")
        for each in broken if way == "breaks" else ():
            self.town.sends(each)
        if way == "loses":
            self.promises.answer_lost()
        if way in ("sends", "loses"):
            self.town.sends(lost=way == "loses")
        self.promises.look(sent=way == "sends")

    def hears(self, *, twice=False):
        self.town.hears(forgets=twice)
        self.promises.heard()
        self.promises.look_at_moves()

    # --- turns ------------------------------------------------------------------------------------------

    @happens()
    def nothing_else_happens(self):
        pass

    def hours_go_by(self, hours, loud):
        self.town.clock.move(hours=hours)
        self._turn(loud)

    def _turn(self, loud):
        """Once a slot, as the job has it."""
        self.town.rings()
        if self.town.now in self.turns:
            return
        self.turns.add(self.town.now)
        self.world.begin(1)
        told, heard = {self._story(nth) for nth in (0, *loud)}, not self.town.unheard
        read = [LOUD if id in told else CALM for id in self.world.live()]
        self.promises.look_at_turn(told, self.town.judges(self.world.scores(read)), all_heard=heard)

    def _story(self, nth):
        """The newest but so many."""
        return self.world.live()[-1 - nth % len(self.world.live())]

    @happens(by=st.sampled_from([-HOUR, timedelta(days=1)]), loud=loud, way_there=ways, back=st.booleans())
    def the_clock_jumps(self, by, loud, way_there, back):
        """… and perhaps back."""
        self.town.clock.put(self.town.now + by)
        self._turn(loud)
        self.goes_on("", way_there)
        if back:
            self.town.clock.put(self.town.now - by)

    @happens(loud=loud, how=how, kind=st.sampled_from(["new", "digest"]), times=st.integers(1, 3))
    def a_morning_is_cut_off(self, loud, how, kind, times):
        """… at the first message of this kind, perhaps again and again."""
        now = self.town.now
        self.town.clock.put(now.replace(hour=8, minute=0) + timedelta(days=now.hour >= 8))
        self._turn(loud)
        for _ in range(times):
            self.town.sends((how, 0, kind))

    @happens()
    def a_restart(self):
        self.town.restarted()

    # --- people -----------------------------------------------------------------------------------------

    def _there(self, which):
        """That place, if somebody can write to the bot there."""
        place = self.town.places[which]
        return place if place.present else None

    def _says(self, place, text):
        answers = self.town.says(place, text, thread_id=place.topic)
        assert len(answers) == 1, f"{text} was answered with {answers}"
        self.promises.heard()

    @happens(which=some, on=st.booleans())
    def alerts_are_switched(self, which, on):
        if place := self._there(which):
            self._says(place, "/subscribe" if on else "/unsubscribe")
            place.wants = on
            (self.promises.spoken_to if on else self.promises.silenced)(place)

    @happens(which=some, nth=story, undone=st.sampled_from([False, False, False, True]))
    def a_story_is_muted(self, which, nth, undone):
        if place := self._there(which):
            story = self._story(nth)
            self._says(place, f"/{'unmute' if undone else 'mute'} Story {story}")
            (place.muted.discard if undone else place.muted.add)(story)
            (self.promises.spoken_to if undone else self.promises.silenced)(place, story)

    @happens(which=some)
    def something_is_watched_and_a_digest_ordered(self, which):
        if place := self._there(which):
            self._says(place, "/watch $SOL")
            self._says(place, "/digest 09:00")
            place.watching = True

    @happens(which=some, verdict=st.sampled_from(Verdict))
    def a_verdict_is_pressed(self, which, verdict):
        if fired := [f for f in self.town.fired() if f.chat_id in self.town.places[which].ids]:
            about = fired[-1]
            given = Feedback(
                chat_id=about.chat_id, firing_id=about.id, user_id=1, verdict=verdict, rule=about.rule,
                narrative_id=about.narrative_id, at=self.town.now,
            )  # fmt: skip
            self.town.write(feedback.toggle, given)
            self.promises.said(self.town.places[which], given)

    # --- the bot's place --------------------------------------------------------------------------------

    @happens(which=some)
    def a_chat_shuts_the_bot_out_or_lets_it_in(self, which):
        place = self.town.places[which]
        private = place.kind == "private"
        if place.present:
            self.promises.went(place)
            (self.town.acts.block if private else self.town.acts.kick_bot)(place.id)
        elif private:
            self.promises.came_back(place)
            self.town.acts.unblock(place.id)
        else:
            self.promises.came_back(place)
            self.town.acts.add_bot(place.id, ADMIN)
        place.present = not place.present

    @precondition(lambda self: not self.town.places[1].was and self.town.places[1].present)
    @happens(verdict=st.sampled_from(Verdict))
    def the_group_becomes_a_supergroup(self, verdict):
        """… after somebody there said what an alert was worth."""
        place = self.town.places[1]
        self.a_verdict_is_pressed(which=1, verdict=verdict)
        new_id = self.town.acts.upgrade_group(place.id)
        place.was, place.id = (place.id,), new_id

    @happens()
    def the_topic_is_deleted(self):
        """… and people write in the main one from then on."""
        forum = self.town.places[2]
        self.town.server.desk.chats.chats[forum.id].topics.clear()
        forum.topic = None
