"""One small paid question to xAI, and what its answer shows about key, credit, model, search and form."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import UTC
from typing import Any, NamedTuple

from bot.clock import AppClock
from bot.ledger import Ledger, caps
from bot.settings import Settings
from bot.sources.grok import answers, prices, wire
from bot.sources.grok.client import GrokClient
from bot.sources.grok.refusals import MAYBE_BILLED, KeyRefused, SchemaRefused, UnknownModel
from bot.sources.grok.watch import Overrun, Plan
from bot.views import probe as say
from bot.views.check import Finding
from core.budget import TICKS
from core.errors import CapReached, Misconfigured, OutOfCredit, Retry, SourceError
from core.evidence import examine
from core.models import Answer, Question, QuestionKind, SpendEntry
from storage import spend
from storage.database import Database


class Paid(NamedTuple):
    """An answer and what it cost in ticks; `named`: the bill is xAI's own."""

    answer: Answer
    ticks: int
    reserved: int
    named: bool


class Probe:
    """Asks once as a cycle would; a second time without the schema if the schema seems to be refused."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        clock: AppClock,
        client: GrokClient,
        question: Question,
    ) -> None:
        self._db = database
        self._clock = clock
        self._client = client
        self._question = question
        self._model = settings.grok.model
        self._cap = settings.grok.daily_usd
        self._ledger = Ledger(database, clock, caps(settings))
        self._spent = 0
        self._lost = False
        self.served: str | None = None  # the model that answered

    async def run(self) -> list[Finding]:
        """All that can be said, in the order of `say.names()`. Whatever xAI does, this does not raise."""
        try:
            return self._judged(await self._pay(wire.body(self._question, model=self._model)))
        except SchemaRefused:
            return await self._in_words()
        except SourceError as error:
            return await self._diagnosed(error)

    async def cost(self) -> Finding:
        """What this check cost, and the day so far."""
        today = await self._today()
        return say.spent(check=self._spent / TICKS, lost=self._lost, today=today)

    async def _in_words(self) -> list[Finding]:
        """The same question without a schema, as INTERN asks a model that refuses one."""
        try:
            paid = await self._pay(wire.body(self._question, model=self._model, plain=True))
        except SourceError as error:
            return [say.schema_refused(self._model), *await self._diagnosed(error, settled={"schema"})]
        return self._judged(paid, refused=True)

    async def _pay(self, body: dict[str, Any]) -> Paid:
        """One call out of the ledger; one whose answer is lost stays booked at its reservation."""
        entry = await self._ledger.reserve("check", prices.reservation(self._question, self._model))
        try:
            response = await self._client.respond(body, Plan(searches=1, rows=self._question.limit))
        except MAYBE_BILLED as error:
            self._lost = True
            self._spent += await self._used(entry, error)
            raise
        except SourceError:
            await self._ledger.release(entry)
            raise
        block = response if isinstance(response, dict) else {}
        used = answers.usage(block.get("usage"))
        ticks = used.cost_ticks
        if ticks is None and used.input_tokens:
            ticks = prices.bill(used, str(block.get("model") or self._model))
        if ticks is not None:
            await self._ledger.settle(entry, ticks=ticks, response_id=answers.response_id(response))
        paid = entry.reserved_ticks if ticks is None else ticks
        self._spent += paid
        return Paid(answers.parse(response), paid, entry.reserved_ticks, used.cost_ticks is not None)

    async def _used(self, entry: SpendEntry, error: SourceError) -> int:
        """Ticks that count as spent for a call without a bill."""
        if not isinstance(error, Overrun):
            return entry.reserved_ticks
        used = prices.seen(self._model, searches=error.searches, posts=error.posts)
        await self._ledger.exceed(entry, ticks=used)
        return max(used, entry.reserved_ticks)

    def _judged(self, paid: Paid, *, refused: bool = False) -> list[Finding]:
        """What an answer shows; `refused`: it was asked in words, because the schema had been refused."""
        answer = paid.answer
        self.served = answer.served_model or None
        found = [say.key_accepted(), say.credit_found(), _model(self._model, answer.served_model)]
        kept = _kept(answer, self._question.kind)
        if refused:
            form = say.schema_refused(self._model, in_words=kept)
        elif answer.status != "completed":
            form = say.broke_off(answer.status)
        else:
            form = say.schema_kept() if kept else say.schema_broken()
        if answer.status != "completed" and not answer.searches:
            return [*found, form, _untried("search", "citations"), _bill(paid)]
        fault = examine(self._question, answer, now=self._clock.now()).fault
        return [*found, _search(self._question, answer), form, _citations(answer, fault), _bill(paid)]

    async def _diagnosed(self, error: SourceError, settled: Set[str] = frozenset()) -> list[Finding]:
        """What a call that got no answer shows, and what it leaves open."""
        if isinstance(error, CapReached):
            found, known = [say.no_room(cap=self._cap, spent=await self._today())], set[str]()
        else:
            found, known = _cause(error, self._model)
        return [*found, _untried(*(name for name in say.names() if name not in known | settled))]

    async def _today(self) -> float:
        """Dollars spent since midnight."""
        midnight = self._clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        async with self._db.reading() as c:
            return await spend.spent(c, since=midnight) / TICKS


def _cause(error: SourceError, model: str) -> tuple[list[Finding], set[str]]:
    """The findings and which of `say.names()` they settle."""
    match error:
        case Misconfigured():
            return _to_mend(error, model)
        case OutOfCredit():
            return [say.key_accepted(), say.credit_gone()], {"key", "credit"}
        case Overrun():
            found = [say.key_accepted(), say.credit_found(), say.search_overran(str(error))]
            return found, {"key", "credit", "search"}
        case Retry():
            return [say.unreachable(str(error))], set()
    return [say.unreadable(str(error))], set()


def _to_mend(error: Misconfigured, model: str) -> tuple[list[Finding], set[str]]:
    if isinstance(error, KeyRefused):
        return [say.key_refused()], {"key"}
    if isinstance(error, UnknownModel):  # xAI looks at the key first
        return [say.key_accepted(), say.model_unknown(model)], {"key", "model"}
    return [say.refused(str(error))], set()


def _untried(*names: str) -> Finding:
    return say.untried(words for name, words in say.names().items() if name in names)


def _model(asked: str, served: str) -> Finding:
    return say.model_answers(asked) if served == asked else say.model_replaced(asked, served)


def _search(question: Question, answer: Answer) -> Finding:
    if not answer.searches:
        return say.search_missing()
    differences = list(dict.fromkeys(_differences(question, answer)))
    return say.search_differs(differences) if differences else say.search_ran()


def _differences(question: Question, answer: Answer) -> Iterator[str]:
    """How the searches that were made are not the one that was asked for."""
    if len(answer.searches) > 1:
        yield say.searches_made(len(answer.searches))
    if answer.usage.posts_fetched > question.limit:
        yield say.posts_fetched(answer.usage.posts_fetched)
    for search in answer.searches:
        if search.tool not in ("x_keyword_search", "x_search"):
            yield say.other_tool(search.tool)
        elif search.query.split() != wire.timed(question).split():
            yield say.other_query()
        elif search.mode.lower() != question.mode.lower():
            yield say.other_mode(search.mode)


def _kept(answer: Answer, kind: QuestionKind) -> bool:
    """Whether the answer has the lists that its schema requires."""
    document = answer.document if isinstance(answer.document, dict) else {}
    required = wire.SCHEMAS[kind]["required"]
    return all(isinstance(document.get(name), list) for name in required)


def _citations(answer: Answer, fault: str | None) -> Finding:
    if answer.cited:
        return say.cited(len(answer.cited))
    if fault in ("degraded", "ungrounded") or answer.usage.posts_fetched:
        return say.uncited()
    return say.nothing_found()


def _bill(paid: Paid) -> Finding:
    usd, reserved = paid.ticks / TICKS, paid.reserved / TICKS
    if not paid.named:
        return say.bill_missing(usd)
    return say.billed(usd) if usd <= reserved else say.billed_above(usd, reserved)
