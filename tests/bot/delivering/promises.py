"""What holds of every message: where it ends, how often it comes, and who hears nothing."""

from collections import Counter
from datetime import timedelta
from typing import NamedTuple

from tests.bot.attention.telegram import what

STALE = timedelta(hours=2)  # an alert that is older is not sent any more
ENDED = {"sent", "dead", "unknown", "expired"}
SILENCED = {"muted before it left", "off before it left"}
TWICE = {"new"}  # may come once more where a kill cut it off


class Quiet(NamedTuple):
    """A place that asked for silence, about a story or (None) altogether, when so many pushes had come."""

    place: object
    story: str | None
    came: int


class Promises:
    """Looks at what each step made of the messages, and keeps what was promised to each place."""

    def __init__(self, town):
        self._town = town
        self._quiet, self._away, self._troubled, self._asked_for_quiet = [], {}, set(), set()
        self._answers_lost, self._latest = 0, town.now
        self._told = set()  # (place, story)
        self._said = {}  # (place, firing, user) → verdict

    # --- what was promised ----------------------------------------------------------------------------

    def silenced(self, place, story=None):
        """It was answered: from now on nothing more."""
        self._asked_for_quiet.add(place)
        self._quiet.append(Quiet(place, story, len(self._came(place))))

    def spoken_to(self, place, story=None):
        """It was answered that it hears again."""
        self._nothing_where_silenced()
        self._quiet = [each for each in self._quiet if each[:2] != (place, story)]

    def went(self, place):
        self._away[place] = len(self._tried(place)), self._town.kills
        self._troubled.add(place)

    def came_back(self, place):
        self._hardly_tried_where_nobody_is()
        del self._away[place]

    def heard(self):
        """The bot knows by now who is away: not one more try."""
        self._hardly_tried_where_nobody_is()
        self._away = {place: (len(self._tried(place)), None) for place in self._away}

    def said(self, place, given):
        """A verdict; the same one again takes it back."""
        key = place, given.firing_id, given.user_id
        if self._said.pop(key, None) != given.verdict:
            self._said[key] = given.verdict

    def answer_lost(self):
        self._answers_lost += 1

    # --- decisions ------------------------------------------------------------------------------------

    def look_at_turn(self, loud, fired, *, all_heard):
        """After a turn in which these stories were loud: who must have been told of which, and who not."""
        told = {(self._place(f.chat_id), f.narrative_id) for f in fired}
        assert len(told) == len(fired), f"fired twice in a turn: {fired}"
        for place in self._town.places:
            for story in loud:
                if not place.wants or story in place.muted or (all_heard and not place.present):
                    assert (place, story) not in told, f"{place} was to hear nothing of {story}"
                elif all_heard and (place, story) not in self._told:
                    assert (place, story) in told, f"{place} was not told of {story}"
        self._told |= told

    # --- messages -------------------------------------------------------------------------------------

    def look(self, *, sent):
        """After any step; `sent`: all that was due has just left, and nothing broke."""
        self._latest = max(self._latest, self._town.now)
        rows, arrived = self._town.rows(), self._town.arrived()
        self._each_ends(rows)
        self._each_once(arrived)
        self._ended_where_cut_off(rows)
        self._there_or_not(rows, arrived)
        self._nothing_where_silenced()
        self._hardly_tried_where_nobody_is()
        if sent:
            self._nothing_waits(rows)
            self._none_is_lost(rows)

    def _each_ends(self, rows):
        for row in rows:
            if row.state == "pending":
                assert row.due_at is not None
            else:
                assert row.state in ENDED and (row.state == "sent" or row.reason), f"{row}"
            self._rightly(row)

    def _rightly(self, row):
        """Nobody has to bear what happened elsewhere, and what ended did so for a reason that is so."""
        place, once = self._place(row.chat_id), self._once(row)
        if row.state == "dead":
            assert place in self._troubled, f"dead, though its chat was always there: {row}"
        elif row.state == "unknown":
            assert once in self._cut() or self._answers_lost, f"unknown, though nothing broke: {row}"
        elif row.state == "expired":
            silenced = row.reason in SILENCED and place in self._asked_for_quiet
            due = row.due_at + STALE if row.kind == "new" else row.expires_at
            assert silenced or self._latest >= due, f"expired too early: {row}"

    def _each_once(self, arrived):
        cut = self._cut()
        for once, times in Counter(map(self._once, arrived)).items():
            most = 2 if once in cut and once[1] in TWICE else 1
            assert times <= most, f"{once} came {times} times"

    def _ended_where_cut_off(self, rows):
        """What was cut off as often as it may be does not try again, and that is written down."""
        states = {self._once(row): row.state for row in rows}
        for once, times in Counter(map(self._once, self._town.cut)).items():
            most = 2 if once[1] in TWICE else 1
            assert times <= most, f"{once} was cut off {times} times"
            assert times < most or states[once] == "unknown", f"{once} is {states[once]}"

    def _there_or_not(self, rows, arrived):
        """What is said to be there is, and what is said not to be is not, unless nobody could know."""
        there, cut = set(map(self._once, arrived)), self._cut()
        for row in rows:
            once = self._once(row)
            if row.state == "sent":
                assert once in there, f"lost: {row}"
            elif row.state != "unknown" and once not in cut:
                assert once not in there, f"it came and is {row.state}: {row}"

    def _nothing_where_silenced(self):
        stories = {f.id: f.narrative_id for f in self._town.fired()} if self._quiet else {}
        for place, story, came in self._quiet:
            for push in self._came(place)[came:]:
                told = {stories[id] for id in push.told}
                assert story not in told and (story or not told), f"{place} asked for silence: {push}"

    def _hardly_tried_where_nobody_is(self):
        """One try of an id tells that it moved or nobody is there, or one more after each kill; none once the
        bot was told."""
        for place, (tried, kills) in self._away.items():
            most = 0 if kills is None else 1 + self._town.kills - kills
            for id, times in Counter(push.chat_id for push in self._tried(place)[tried:]).items():
                assert times <= most, f"{place} is away, and was written to as {id}"

    def _nothing_waits(self, rows):
        """What is due has left, except to where nobody can be reached."""
        for row in rows:
            if row.state == "pending" and self._place(row.chat_id) not in self._away:
                assert row.due_at > self._town.now or self._town.unheard, f"left lying: {row}"

    def _none_is_lost(self, rows):
        """Each firing is in a message, or was silenced before it left."""
        told = {id for row in rows for id in what(row)["told"]}
        lost = [f for f in self._town.fired() if f.id not in told and not self._silenced(f)]
        assert not lost, f"lost: {lost}"

    def look_at_moves(self):
        """Once the bot knows of a move, nothing carries the old id, and nothing that was said is gone."""
        for place in self._town.places:
            for old in place.was:
                assert not (left := self._town.carry(old)), f"left behind under {old}: {left}"
        verdicts, watching = self._town.kept()
        stands = {(self._place(id), firing, user): said for (id, firing, user), said in verdicts.items()}
        assert stands == self._said, f"said: {self._said}, known: {stands}"
        assert set(map(self._place, watching)) == {place for place in self._town.places if place.watching}

    def _silenced(self, firing):
        """It is written down that its chat had asked for silence."""
        place, silenced = self._place(firing.chat_id), self._town.withdrawn()
        return place in self._asked_for_quiet and any(
            (d.cycle_id, d.narrative_id) == (firing.cycle_id, firing.narrative_id)
            for d in silenced if d.chat_id in place.ids
        )  # fmt: skip

    # --- a place under all its ids --------------------------------------------------------------------

    def _place(self, chat_id):
        return next(place for place in self._town.places if chat_id in place.ids)

    def _once(self, push):
        """What comes once, whatever id its chat has by then."""
        return self._place(push.chat_id), str(push.kind), push.cause

    def _cut(self):
        return set(map(self._once, self._town.cut))

    def _tried(self, place):
        return [push for push in self._town.tried if push.chat_id in place.ids]

    def _came(self, place):
        return [push for push in self._town.arrived() if push.chat_id in place.ids]
