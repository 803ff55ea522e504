"""What holds of every decision: nothing too soon, too much or at night; nothing held for a wrong reason."""

from datetime import timedelta

from core.models import Phase
from core.models.attention import Kind, Mode
from tests.bot.attention.clocks import fell_asleep, on_the_wall, quiet_at
from tests.bot.attention.world import FEW, stories
from tests.core.makers import HOUR

LINES = {  # line → authors from which it is true (None: it is not that simple)
    "authors >= 10": 10, "authors >= 10 urgent": 10, "authors >= 20 every 1h": 20, "authors >= 10 once": 10,
    "surprise crosses above 4": None, "phase becomes accelerating": None,
    "momentum > 3x urgent every 3h": None,
}  # fmt: skip
RISE = {Phase.QUIET: 0, Phase.FADING: 0, Phase.EMERGING: 1, Phase.PEAKING: 2, Phase.ACCELERATING: 3}
KINDS = {"plain": Kind.ALERT, "market": Kind.MARKET}  # all else is the chat's own
SAME = timedelta(hours=6)  # a hold for the same reason is written down once in so long


class Deciding:
    """Looks at each turn's decisions beside everything that fired before."""

    def __init__(self, life, world):
        self._life, self._world = life, world

    def true_now(self, scored, common):
        """(chat, rule, narrative) of simple rules that are true now, and of the market where it is loud."""
        true = set()
        for id in self._life.chat_ids:
            for own in self._life.rules(id):
                least = LINES[own.source]
                if least and not own.paused and own.done_at is None:
                    true |= {(id, own.id, s.narrative_id) for s in scored if s.authors_24h >= least}
            if common is not None and common.kind == "whole market":
                true.add((id, "market", "market"))
        return true

    def look(self, made, before, true, common):
        """`before`: what had fired before this turn; `true`: what `true_now` said of it."""
        self._owned = {(id, r.id): r for id in self._life.chat_ids for r in self._life.rules(id)}
        reasons = {(d.chat_id, d.rule, d.narrative_id): d.reason for d in made.decisions if d.fired}
        assert reasons.keys() == {(f.chat_id, f.rule, f.narrative_id) for f in made.firings}
        for id in self._life.chat_ids:
            mine = [f for f in made.firings if f.chat_id == id]
            if mine:
                assert stories(self._today(id, [*before, *mine])) <= self._life.allows(id).budget, id
                self._asleep(id, mine, before)
        for firing in made.firings:
            self._wanted(firing)
            self._cooled(firing, before, reasons[firing.chat_id, firing.rule, firing.narrative_id])
        for decision in made.decisions:
            if not decision.fired:
                self._truly(decision, [*before, *made.firings], common)
        self._each_has_a_reason(true)

    # --- what fired -----------------------------------------------------------------------------------

    def _today(self, id, fired):
        zone = self._life.chat(id).zone
        today = on_the_wall(self._life.now, zone).date()
        return [f for f in fired if f.chat_id == id and on_the_wall(f.at, zone).date() == today]

    def _night(self, id):
        """When the quiet hours began that the chat is in; None: it is in none."""
        quiet, now = self._life.allows(id).quiet, self._life.now
        place = on_the_wall(now, self._life.chat(id).zone).tzinfo
        return fell_asleep(quiet, place, now) if quiet_at(quiet, place, now) else None

    def _asleep(self, id, mine, before):
        began = self._night(id)
        if began is None:
            return
        told = [f for f in (*before, *mine) if f.chat_id == id and f.at >= began]
        assert stories(told) == 1, f"{id} was woken more than once"
        assert any(self._urgent(id, f.rule) for f in mine), f"{id} was woken"

    def _urgent(self, id, rule):
        return (id, rule) in self._owned and self._owned[id, rule].urgent

    def _cooled(self, firing, before, reason):
        """Not told within its cooldown, unless it is recorded as an escalation and is one."""
        told = self._told(firing, before)
        last = max((f.at for f in told), default=None)
        if last is None or firing.at - last >= self._cooldown(firing):
            return
        assert reason == "escalated", f"{firing.rule} fired twice in {firing.chat_id}: {firing.narrative_id}"
        newest = [f for f in told if f.at == last]  # two of them where both stories of a merger were told
        grown = firing.surprise - max(f.surprise for f in newest) >= 1 and firing.at - last >= HOUR
        assert grown or RISE[firing.phase] > max(RISE[Phase(f.phase)] for f in newest)

    def _told(self, about, fired):
        """Firings of the same rule for the same story in the same chat."""
        alike = [f for f in fired if (f.chat_id, f.rule) == (about.chat_id, about.rule)]
        return [f for f in alike if self._world.same_story(f, about.narrative_id)]

    def _cooldown(self, about):
        own = self._owned.get((about.chat_id, about.rule))
        return timedelta(hours=(own.cooldown_hours if own else None) or 24)

    def _wanted(self, firing):
        assert not self._silences(firing), f"silenced: {firing}"
        mode = self._life.allows(firing.chat_id).mode(KINDS.get(firing.rule, Kind.RULE))
        assert mode is not Mode.OFF and firing.silent == (mode is Mode.SILENT)

    def _silences(self, about):
        """The chat's silences that hold now and mean this."""
        aims = {"chat": "", "narrative": about.narrative_id, "rule": about.rule}
        held = [s for s in self._life.allows(about.chat_id).silences if s.holds(self._life.now)]
        return [s for s in held if aims[s.target] == self._followed(s)]

    def _followed(self, silence):
        return self._world.survivor(silence.id) if silence.target == "narrative" else silence.id

    # --- what was held --------------------------------------------------------------------------------

    def _truly(self, held, fired, common):
        """The reason that is written down is so."""
        true = self._true(held, fired, common)
        assert held.reason and held.detail and true is not False, f"not so: {held}"

    def _true(self, held, fired, common):
        """Whether what holds it back is so; None: nobody can tell from outside."""
        id, story = held.chat_id, held.narrative_id
        match held.reason:
            case "quiet hours":
                return self._night(id) is not None
            case "budget":
                used_up = stories(self._today(id, fired)) >= self._life.allows(id).budget
                return used_up and (self._night(id) is None or self._may_wake(id))
            case "repeats":
                today = self._today(id, fired)
                again = stories(today) - len({self._world.survivor(f.narrative_id) for f in today})
                return again >= max(1, self._life.allows(id).budget // 2)
            case "cooldown":
                last = max((f.at for f in self._told(held, fired)), default=None)
                return last is not None and self._life.now - last < self._cooldown(held)
            case "snoozed" | "muted":
                untils = [silence.until for silence in self._silences(held)]
                return bool(untils) and (None in untils) == (held.reason == "muted")
            case "off":
                return self._life.allows(id).mode(KINDS.get(held.rule, Kind.RULE)) is Mode.OFF
            case "coordination":
                return story in self._world.coordinated
            case "whole market" | "meter change":
                return common is not None and common.kind == held.reason
            case "expired":
                return False  # that is for the sender to say
        return None

    def _may_wake(self, id):
        return any(r.urgent for r in self._life.rules(id))

    def _each_has_a_reason(self, true):
        """Each that is true now has fired, or has a reason that was written down lately."""
        now, lately = self._life.now, {}
        for d in self._life.decided():
            if d.at > now - SAME:
                lately[d.chat_id, d.rule, d.narrative_id] = d
        for key in true:
            found = lately.get(key)
            assert found is not None and (not found.fired or found.at == now), f"no reason for {key}"


def thin(score):
    """Whether too few tell a story for any alert."""
    return score.authors_24h <= FEW
