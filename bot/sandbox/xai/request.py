"""A request as xAI accepts it, or the refusal it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.xai import schema as dialect
from bot.sandbox.xai.price import served
from bot.sandbox.xai.refusals import TEAM, Refusal

_EFFORTS = {"grok-4.3": ("none", "low", "medium", "high"), "grok-4.5": ("low", "medium", "high")}
_NEWER_EFFORTS = ("low", "medium", "high", "xhigh")
_INCLUDES = (
    "reasoning.encrypted_content",
    "no_inline_citations",
    "web_search_call.action.sources",
    "file_search_call.results",
    "code_interpreter_call.outputs",
)
_FORMATS = ("text", "json_object", "json_schema")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that passed all checks."""

    body: Json
    served: str  # the model that answers
    messages: tuple[tuple[str, str], ...]  # (role, text)
    x_search: Json | None  # the tool's settings; None = no searching
    format: Json  # text.format
    effort: str

    @property
    def schema(self) -> Json | None:
        return self.format.get("schema")

    @property
    def last_user_text(self) -> str:
        return next((text for role, text in reversed(self.messages) if role == "user"), "")

    @property
    def inline_citations(self) -> bool:
        return "no_inline_citations" not in (self.body.get("include") or ())

    @property
    def prompt_length(self) -> int:
        """Characters of everything the model reads before it searches."""
        return sum(len(text) for _, text in self.messages) + len(str(self.schema or ""))


def authorised(header: str | None, key: str) -> None:
    """Raises the Refusal for a missing (401) or wrong (400, as documented) key."""
    if not header or not header.startswith("Bearer "):
        raise Refusal(401, None)
    if header.removeprefix("Bearer ") != key:
        sentence = (
            "Incorrect API key provided: xai-****. You can obtain an API key from https://console.x.ai."
        )
        raise Refusal(400, {"code": "Client specified an invalid argument", "error": sentence})


def check(body: object) -> Asked:
    """The request, understood. Raises the Refusal that xAI would send."""
    if not isinstance(body, dict):
        raise Refusal.invalid("expected a JSON object")
    if "search_parameters" in body:
        sentence = (
            "Live search is deprecated. Please switch to the Agent Tools API: "
            "https://docs.x.ai/docs/guides/tools/overview"
        )
        raise Refusal(410, {"error": sentence})
    model = _model(body)
    tool = _x_search(body)
    _includes(body)
    choice = body.get("tool_choice", "auto")
    if choice not in ("auto", "none", "required") and not isinstance(choice, dict):
        raise Refusal.invalid(f"tool_choice: unknown variant {choice!r}")
    return Asked(
        body=body,
        served=model,
        messages=_messages(body),
        x_search=None if choice == "none" else tool,
        format=_format(body),
        effort=_effort(body, model),
    )


def _model(body: Json) -> str:
    name = body.get("model")
    model = served(name) if isinstance(name, str) else None
    if model is None:
        sentence = (
            f"The model {name} does not exist or your team {TEAM} does not have access to it. If you believe "
            "this is a mistake, please contact support and quote your team ID and the model name."
        )
        raise Refusal(404, {"code": "not-found", "error": sentence})
    return model


def _messages(body: Json) -> tuple[tuple[str, str], ...]:
    given = body.get("input")
    system = (("system", str(body["instructions"])),) if body.get("instructions") else ()
    if isinstance(given, str) and given:
        return (*system, ("user", given))
    if not isinstance(given, list) or not given:
        raise Refusal.invalid("missing field `input`")
    return (*system, *(_message(item) for item in given))


def _message(item: object) -> tuple[str, str]:
    role = item.get("role") if isinstance(item, dict) else None
    if role not in ("system", "developer", "user", "assistant") or not isinstance(item, dict):
        raise Refusal.invalid(f"input: unknown role {role!r}")
    content = item.get("content")
    if isinstance(content, str):
        return role, content
    if not isinstance(content, list):
        raise Refusal.invalid("input: content is neither a string nor an array")
    return role, "".join(part.get("text", "") for part in content if isinstance(part, dict))


def _x_search(body: Json) -> Json | None:
    tools = body.get("tools") or []
    if not isinstance(tools, list) or len(tools) > 128 or not all(isinstance(tool, dict) for tool in tools):
        raise Refusal.invalid("tools: expected an array of at most 128 objects")
    tool: Json | None = next((tool for tool in tools if tool.get("type") == "x_search"), None)
    if tool is not None:
        _handles(tool)
    return tool


def _handles(tool: Mapping[str, Any]) -> None:
    allowed, excluded = tool.get("allowed_x_handles") or [], tool.get("excluded_x_handles") or []
    if allowed and excluded:
        raise Refusal.invalid("x_search: allowed_x_handles and excluded_x_handles cannot both be set")
    if max(len(allowed), len(excluded)) > 20:
        raise Refusal.invalid("x_search: at most 20 handles")


def _includes(body: Json) -> None:
    for name in body.get("include") or ():
        if name not in _INCLUDES:
            raise Refusal.invalid(f"include: unknown variant `{name}`")


def _effort(body: Json, model: str) -> str:
    effort = (body.get("reasoning") or {}).get("effort", "low" if model == "grok-4.3" else "high")
    if effort not in _EFFORTS.get(model, _NEWER_EFFORTS):
        raise Refusal.invalid(f"reasoning.effort: {effort!r} is not supported by {model}")
    return str(effort)


def _format(body: Json) -> Json:
    format_ = (body.get("text") or {}).get("format") or {"type": "text"}
    if not isinstance(format_, dict) or format_.get("type") not in _FORMATS:
        raise Refusal.invalid("text.format: unknown type")
    if format_["type"] == "json_schema":
        if not format_.get("name") or not isinstance(format_.get("schema"), dict):
            raise Refusal.invalid("text.format: json_schema needs a name and a schema")
        reasons = list(dialect.violations(format_["schema"]))
        if reasons:
            raise Refusal.invalid(f"Schema validation failed: {'; '.join(reasons)}")
    return format_
