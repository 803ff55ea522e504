"""What one step of a life is drawn from: something happens, then time may go by and X may be read."""

from functools import wraps

from hypothesis import strategies as st
from hypothesis.stateful import rule

from core.models import Phase
from tests.bot.attention.life import Life
from tests.bot.attention.world import FEW, MANY, MOST, SOME

COMMON = (None,) * 5 + (("whole market", 2.0), ("whole market", 5.0), ("meter change", 3.0))
who = st.sampled_from(Life.chat_ids)
pick = st.integers(0, 9)
half_hours = st.sampled_from([1, 1, 2, 4, 9, 18])
how = st.sampled_from(["before", "after"])
kill = st.none() | st.tuples(how, st.integers(0, 2), st.just(""))
kill_of_reply = st.tuples(how, st.integers(0, 1), st.just("reply"))


def _readings(surprises, ratios, authors):
    """What X says of each story: surprise, times its usual, phase, authors of the day."""
    each = st.tuples(*map(st.sampled_from, (surprises, ratios, Phase, authors)))
    return st.lists(each, min_size=MOST, max_size=MOST)


readings = _readings([0.5, 2.7, 3.2, 4.3, 6.0], [0.8, 2.0, 5.0], [FEW, SOME, MANY, MANY])
loud = _readings([3.2, 4.3, 6.0], [2.0, 5.0], [SOME, MANY])
moves = st.sampled_from(COMMON)
turn = st.tuples(half_hours, readings, moves)


def happens(**drawn):
    """A rule of the test; then perhaps some half hours go by and X is read. `cut_off`: a kill undoes the
    turn, and it is made again; `broken`: how the process ends while it sends."""

    def made(act):
        @rule(turns=st.lists(turn, max_size=1), cut_off=st.sampled_from([False, False, True]), broken=kill,
              **drawn)  # fmt: skip
        @wraps(act)
        def step(self, turns=(), cut_off=False, broken=None, **given):
            act(self, **given)
            for span, read, move in turns:
                self.goes_by(span, read, move, cut_off, broken)

        return step

    return made
