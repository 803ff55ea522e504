"""What holds of mornings: what was held back is told, all of it, once, at the chat's own eight o'clock."""

from datetime import timedelta

from core.models.attention import Kind, Mode
from tests.bot.attention.clocks import on_the_wall, quiet_at

AT = "08:00"
CATCH_UP = timedelta(hours=6)
TOLD_THERE = {"budget", "repeats", "quiet hours", "cooldown", "snoozed", "expired"}
LATEST = timedelta(hours=50)  # a local day, and another zone's


class Mornings:
    """Remembers up to when each chat has been told what was held back."""

    def __init__(self, life, world):
        self._life, self._world = life, world
        self._told_until = dict.fromkeys(life.chat_ids, life.now)
        self._wanted_since = dict(self._told_until)
        self._not_today = set()  # (chat, its date) on which a digest was ordered for the next day

    def look(self, planned):
        """After the job looked around: `planned` are the notes and digests it made."""
        for row in planned:
            self._in_its_hour(row)
            note = row.payload.get("note", row.payload)
            self._tells_all(row.chat_id, row.due_at, {held["narrative_id"] for held in note["held"]})
        for id in self._life.chat_ids:
            if self._mode(id) is not Mode.OFF:
                self._came(id)
                late = self._must(id, self._life.now - LATEST, known_by=self._life.now)
                assert not late, f"held back from {id} and never told: {late}"

    def asked(self, id, told):
        """The chat asked for its digest, and it told of these."""
        self._tells_all(id, self._life.now, told)

    def ordered(self, id):
        """From now on the chat has a digest: this morning's counts as had."""
        self._not_today.add((id, self._last_morning(id)))

    def switched(self, id):
        """What was held while digests were off was not wanted, though what was heard then was heard."""
        self._wanted_since[id] = self._life.now

    def _mode(self, id):
        return self._life.allows(id).mode(Kind.DIGEST)

    def _tells_all(self, id, until, told):
        must = self._must(id, until)
        assert must <= told, f"held back and not told in {id}: {must - told}"
        self._told_until[id] = until

    def _in_its_hour(self, row):
        """Not while they are off, and by the clock on the chat's wall."""
        assert self._mode(row.chat_id) is not Mode.OFF
        chat, quiet = self._life.chat(row.chat_id), self._life.allows(row.chat_id).quiet
        local = on_the_wall(row.due_at, chat.zone)
        if row.cause.startswith("digest:"):
            assert AT <= f"{local:%H:%M}" < "14:00", f"a digest of {chat.id} at {local}"
        else:
            morning = local.replace(hour=8, minute=0)
            at = quiet.end if quiet_at(quiet, local.tzinfo, morning) else AT
            assert f"{local:%H:%M}" == at, f"a note of {chat.id} for {local}, not {at}"
        assert timedelta(0) <= self._life.now - row.due_at < CATCH_UP

    def _came(self, id):
        """Where its note or digest is due at this very moment, it is there."""
        chat, quiet = self._life.chat(id), self._life.allows(id).quiet
        local = on_the_wall(self._life.now, chat.zone)
        causes = {row.cause for row in self._life.notes() if row.chat_id == id}
        if chat.digest_at is not None:
            if f"{local:%H:%M}" == AT and (id, local.date()) not in self._not_today:
                assert f"digest:{local.date()}" in causes, f"no digest for {id} at {local}"
            return
        morning = local.replace(hour=8, minute=0)
        at = quiet.end if quiet_at(quiet, local.tzinfo, morning) else AT
        if f"{local:%H:%M}" == at and (held := self._must(id, self._life.now)):
            assert f"held:{local.date()}" in causes, f"no note for {id} at {local} of {held}"

    def _last_morning(self, id):
        """The date of the newest eight o'clock."""
        local = on_the_wall(self._life.now, self._life.chat(id).zone)
        return local.date() if f"{local:%H:%M}" >= AT else local.date() - timedelta(days=1)

    def _must(self, id, until, known_by=None):
        """Stories whose newest decision since the last morning was a hold that a digest or note tells of."""
        since, newest = self._told_until[id], {}
        wanted = max(since, self._wanted_since[id])
        for d in self._life.decided():
            news = d.fired or d.reason in TOLD_THERE
            if d.chat_id == id and since <= d.at < (known_by or until) and news:
                newest[d.rule, d.narrative_id] = d
        held = [d for d in newest.values() if not d.fired and wanted <= d.at < until]
        expired = {d.narrative_id for d in newest.values() if d.reason == "expired" and d.at < until}
        heard = {f.narrative_id for f in self._life.fired() if f.chat_id == id and f.at >= since} - expired
        rested = [d for d in held if d.reason == "cooldown" and d.narrative_id in heard]
        return {self._world.survivor(d.narrative_id) for d in held if d not in rested}
