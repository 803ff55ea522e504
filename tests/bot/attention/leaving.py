"""What holds of messages: each once, an alert soon or not at all, an answer in its own thread."""

from collections import Counter
from datetime import timedelta

from core.models import DeliveryState

TOO_OLD = timedelta(hours=2)
TWICE = {"new", "edit", "withdraw"}  # may come once more where a kill cut them off
SENT, UNKNOWN = DeliveryState.SENT, DeliveryState.UNKNOWN


class Leaving:
    """Looks at what left the house since it looked last."""

    def __init__(self, life, world):
        self._life, self._world = life, world
        self._seen = self._planned = 0

    def look(self):
        sent, cut = self._life.telegram.sent, self._life.cut
        self._nothing_twice(sent, cut)
        fired = {f.id: f for f in self._life.fired()}
        for message in sent[self._seen :]:
            self._in_time(message, fired)
        self._seen = len(sent)
        for message in cut:
            self._ended(message)
        if self._life.awake:
            self._everything_was_told(fired.values())
        for row in self._life.pushes()[self._planned :]:
            self._in_its_thread(row)
        self._planned = len(self._life.pushes())

    def _nothing_twice(self, sent, cut):
        broken = {message.once for message in cut}
        for once, times in Counter(message.once for message in sent).items():
            most = 2 if once in broken and once[1] in TWICE else 1
            assert times <= most, f"{once} came {times} times"

    def _in_time(self, message, fired):
        if message.kind == "new":
            ages = [message.at - fired[id].at for id in message.told]
            assert ages and max(ages) <= TOO_OLD, f"an alert as old as {max(ages)}"

    def _ended(self, message):
        """What may have arrived and must not come twice has ended, and that is written down."""
        if message.kind not in TWICE:
            (row,) = [
                row for row in self._life.pushes() if (row.chat_id, row.kind, row.cause) == message.once
            ]
            assert row.state == UNKNOWN and row.reason, f"{message.once} is {row.state}"

    def _everything_was_told(self, fired):
        """Each firing is in a message that left, or is written down as too late, and then in none."""
        arrived = {id for message in self._life.telegram.sent for id in message.told}
        cut = {id for message in self._life.cut for id in message.told}
        late = {(d.chat_id, d.cycle_id, d.rule, d.narrative_id): d for d in self._life.decided()
                if d.reason == "expired"}  # fmt: skip
        for f in fired:
            lead, expired = f.told_by or f.id, late.get((f.chat_id, f.cycle_id, f.rule, f.narrative_id))
            assert lead in arrived or lead in cut or expired, f"{f} fired and nobody heard"
            if expired:
                assert lead not in arrived or lead in cut, f"{f} came, and is said to be too late"
                assert expired.at - f.at > TOO_OLD

    def _in_its_thread(self, row):
        """What is told again answers the message that told it before."""
        if row.kind != "new" or row.payload.get("reason") != "escalated" or "title" not in row.payload:
            return
        about = self._world.survivor(row.payload["narrative_id"])
        before = [each for each in self._life.pushes() if self._told(each, row.chat_id, about)]
        if any(each.sent_at < row.due_at for each in before):
            assert row.payload.get("reply_to") in {each.message_id for each in before}

    def _told(self, row, chat_id, about):
        if (row.chat_id, row.kind, row.state) != (chat_id, "new", SENT):
            return False
        told = {facts.get("narrative_id") for facts in alerts(row)} - {None}
        return about in {self._world.survivor(id) for id in told}


def alerts(row):
    """The facts of each story a message tells."""
    return row.payload.get("alerts", [row.payload])
