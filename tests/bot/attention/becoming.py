"""What holds of alerts that were told: confirmed or taken back once, when it is so, as the chat wants it."""

from datetime import timedelta

from core.models import DeliveryState
from core.models.attention import Kind, Mode
from tests.bot.attention.clocks import on_the_wall, quiet_at
from tests.bot.attention.deciding import thin
from tests.bot.attention.leaving import alerts

DAY = timedelta(days=1)  # so long an alert is looked after
ENOUGH = 5  # confirmed authors
UPDATES = {"edit", "withdraw", "reply"}


class Becoming:
    """Looks at what a turn made of the last day's alerts."""

    def __init__(self, life, world):
        self._life, self._world = life, world
        self._seen = 0

    def look(self, scored):
        """After a turn that read these scores."""
        by_id = {score.narrative_id: score for score in scored}
        rows = self._life.pushes()
        news = {(row.cause, row.kind): row for row in rows[self._seen :] if row.kind in UPDATES}
        known = {(row.cause, row.kind) for row in rows if row.kind in UPDATES}
        expected = {}
        for row in rows:
            if row.kind == "new" and row.state == DeliveryState.SENT and self._looked_after(row):
                expected |= dict.fromkeys(self._expected(row, by_id), row)
        assert expected.keys() <= known, f"not said: {expected.keys() - known}"
        assert news.keys() <= expected.keys(), f"not so: {news.keys() - expected.keys()}"
        for key, row in news.items():
            self._as_wanted(row, expected[key])
        self._seen = len(rows)

    def reached(self):
        """While the sender works, what was taken back is seen to be, unless it was down for a day."""
        cut = {message.once for message in self._life.cut}
        for row in self._life.pushes() if self._life.awake else ():
            if row.kind in ("edit", "withdraw") and (row.chat_id, row.kind, row.cause) not in cut:
                too_late = row.state == DeliveryState.EXPIRED and self._life.now - row.due_at > DAY
                assert row.state == DeliveryState.SENT or too_late, (
                    f"the {row.kind} of {row.cause}: {row.state}"
                )

    def _looked_after(self, row):
        wanted = self._life.allows(row.chat_id).mode(Kind.UPDATE) is not Mode.OFF
        return wanted and row.sent_at >= self._life.now - DAY

    def _expected(self, row, by_id):
        told = [facts for facts in alerts(row) if "evidence" in facts]
        for facts in told:
            cause = f"firing:{facts['firing']}"
            score = by_id.get(self._world.survivor(facts["narrative_id"]))
            if self._collapsed(facts, score):
                yield cause, "withdraw"
                yield cause, "reply"
            elif score and facts["confirmed"] < ENOUGH <= score.confirmed_24h and len(alerts(row)) == 1:
                yield cause, "edit"

    def _collapsed(self, facts, score):
        lost = sum(id in self._world.lost for id in facts["evidence"])
        gone = 2 * lost > len(facts["evidence"]) and (score is None or thin(score))
        return gone or (score is not None and score.narrative_id in self._world.coordinated)

    def _as_wanted(self, row, alert):
        """It is about that message, and makes no sound at night or where none is wanted."""
        about = row.payload.get("reply_to") if row.kind == "reply" else row.payload.get("message_id")
        assert about == alert.message_id
        if row.kind == "reply":
            allowed, place = self._life.allows(row.chat_id), self._life.chat(row.chat_id).zone
            night = quiet_at(allowed.quiet, on_the_wall(row.due_at, place).tzinfo, row.due_at)
            assert row.silent == (night or allowed.mode(Kind.UPDATE) is Mode.SILENT)
