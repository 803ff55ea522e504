"""What the people of three chats may say, in any order."""

from datetime import timedelta

from hypothesis import strategies as st

from bot import digests
from core.alerts.language import parse
from core.models import Feedback, Verdict
from core.models.attention import Kind, Mode, QuietHours, Sensitivity, Silence
from core.models.rules import Rule
from storage import attention, chats, feedback, rules
from tests.bot.attention.deciding import LINES
from tests.bot.attention.steps import happens, pick, who
from tests.bot.attention.world import ZONES

NIGHTS = (None, ("22:00", "08:00"), ("23:00", "07:00"), ("04:00", "10:00"), ("12:00", "15:00"))
line = st.sampled_from(list(LINES))
night = st.sampled_from(NIGHTS)


def quiet(hours):
    return QuietHours(start=hours[0], end=hours[1]) if hours else None


class People:
    """Half of the machine: `life` and `mornings` are its own."""

    @happens(id=who, line=line, nth=pick, edited=st.booleans())
    def a_rule_is_added_or_edited(self, id, line, nth=0, edited=False):
        if edited and (old := self._own(id, nth)):
            self.life.write(rules.replace, self._rule(old.id, id, line))
        else:
            self.number += 1
            self.life.write(rules.add, self._rule(f"r{self.number}", id, line))

    @happens(id=who, nth=pick, deleted=st.booleans())
    def a_rule_is_paused_resumed_or_deleted(self, id, nth, deleted):
        if (old := self._own(id, nth)) and deleted:
            self.life.write(rules.remove, id, old.id)
        elif old:
            known = self.life.write(rules.get, id, old.id)
            self.life.write(rules.replace, known.model_copy(update={"paused": not old.paused}))

    def _rule(self, rule_id, chat_id, line):
        spec = parse(line)
        fields = {name: getattr(spec, name) for name in type(spec).model_fields}
        return Rule(id=rule_id, chat_id=chat_id, created_at=self.life.now, source=line, **fields)

    def _own(self, id, nth):
        mine = self.life.rules(id)
        return mine[nth % len(mine)] if mine else None

    @happens(id=who, hours=night, budget=st.integers(0, 5), sensitivity=st.sampled_from(Sensitivity))
    def a_chat_says_how_much_and_when(self, id, hours, budget, sensitivity):
        fields = {"quiet": quiet(hours), "budget": budget, "sensitivity": sensitivity}
        self.life.write(attention.change, id, **fields)

    @happens(id=who, zone=st.sampled_from(ZONES))
    def a_chat_moves(self, id, zone):
        self.life.write(chats.change, id, zone=zone)

    @happens(id=who, kind=st.sampled_from(Kind), mode=st.sampled_from(Mode))
    def a_kind_is_switched(self, id, kind, mode):
        before = self.life.allows(id)
        self.life.write(attention.change, id, kinds=before.kinds | {kind: mode})
        if kind is Kind.DIGEST and before.mode(kind) is Mode.OFF:
            self.mornings.switched(id)

    @happens(
        id=who, hours=st.sampled_from([1, 8, 24, None]), aim=st.sampled_from(["chat", "narrative", "rule"]),
        nth=pick, undone=st.booleans(),
    )  # fmt: skip
    def something_is_silenced_or_not_any_more(self, id, hours, aim, nth, undone):
        held = self.life.allows(id).silences
        if undone and held:
            silence = held[nth % len(held)]
            self.life.write(attention.unsilence, id, silence.target, silence.id)
            return
        names = ["plain", "market", *(own.id for own in self.life.rules(id))]
        aims = {"chat": [""], "narrative": self.world.live(), "rule": names}[aim]
        until = self.life.now + timedelta(hours=hours) if hours else None
        wanted = Silence(target=aim, id=aims[nth % len(aims)], until=until, since=self.life.now)
        self.life.write(attention.silence, id, wanted)

    @happens(id=who, how=st.sampled_from(["on", "off", "now"]))
    def a_digest_is_wanted_or_asked_for(self, id, how):
        if how == "now":
            self.mornings.asked(id, self.life.asks_for_digest(id))
            return
        changed = self.life.write(chats.change, id, digest_at="08:00" if how == "on" else None)
        if how == "on":
            self.life.write(digests.postpone_to_tomorrow, changed, self.life.now)
            self.mornings.ordered(id)

    @happens(nth=pick, verdict=st.sampled_from(Verdict), user=st.integers(1, 2))
    def a_verdict_is_pressed(self, nth, verdict, user):
        if fired := self.life.fired():
            about = fired[-1 - nth % len(fired)]
            given = Feedback(
                chat_id=about.chat_id, firing_id=about.id, user_id=user, verdict=verdict, rule=about.rule,
                narrative_id=about.narrative_id, at=self.life.now,
            )  # fmt: skip
            self.life.write(feedback.toggle, given)
