"""The response object, field by field as xAI sends it."""

from __future__ import annotations

import json
import random
import uuid
from datetime import datetime
from typing import Any

from bot.sandbox.xai.model import Work
from bot.sandbox.xai.request import Asked

Json = dict[str, Any]


def response(
    done: Work, asked: Asked, *, served: str, usage: Json, now: datetime, rng: random.Random
) -> Json:
    """The final object of one answer."""
    response_id = _uuid(rng)
    failed = done.status == "failed"
    incomplete = done.status == "incomplete"
    return {
        **_frame(asked, served, response_id, now),
        "completed_at": int(now.timestamp()) + 4,
        "output": [] if failed else _output(done, response_id, rng),
        "status": done.status,
        "usage": usage,
        "incomplete_details": {"reason": "max_output_tokens"} if incomplete else None,
        "error": {"code": "server_error", "message": "The server had an error while processing your request."}
        if failed
        else None,
    }


def opened(final: Json) -> Json:
    """The same object as it stands at the beginning of a stream."""
    return {
        **final,
        "completed_at": None,
        "output": [],
        "usage": None,
        "status": "in_progress",
        "incomplete_details": None,
        "error": None,
    }


def _frame(asked: Asked, served: str, response_id: str, now: datetime) -> Json:
    """What the request already decides."""
    body = asked.body
    return {
        "created_at": int(now.timestamp()),
        "completed_at": None,
        "id": response_id,
        "max_output_tokens": body.get("max_output_tokens"),
        "model": served,
        "object": "response",
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": asked.effort, "summary": "detailed"},
        "temperature": body.get("temperature", 0.7),
        "text": {"format": asked.format},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p", 0.95),
        "usage": None,
        "user": body.get("user"),
        "incomplete_details": None,
        "status": "in_progress",
        "store": body.get("store", True),
        "metadata": {"system_fingerprint": "fp_sandbox"},
        "background": False,
        "service_tier": body.get("service_tier") or "default",
        "truncation": "disabled",
        "top_logprobs": 0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "prompt_cache_key": body.get("prompt_cache_key"),
        "max_tool_calls": None,
        "safety_identifier": body.get("safety_identifier"),
        "error": None,
        "instructions": body.get("instructions"),
    }


def _output(done: Work, response_id: str, rng: random.Random) -> list[Json]:
    """Thinking, the tool calls, the message."""
    summary = f"Searching X {len(done.made)} times as asked." if done.made else "Answering without a search."
    items: list[Json] = [
        {
            "id": f"rs_{response_id}",
            "summary": [{"text": summary, "type": "summary_text"}],
            "type": "reasoning",
            "status": "completed",
        }
    ]
    for made in done.made:
        items.append(_tool_call(made.order.tool, made.order.arguments, response_id, f"call-{_uuid(rng)}-0"))
    content = {
        "type": "output_text",
        "text": done.text,
        "logprobs": [],
        "annotations": done.annotations,
    }
    status = "incomplete" if done.status == "incomplete" else "completed"
    message = {"content": [content], "id": f"msg_{response_id}", "role": "assistant", "type": "message"}
    return [*items, {**message, "status": status}]


def _tool_call(tool: str, arguments: Json, response_id: str, call: str) -> Json:
    return {
        "call_id": f"xs_{call}",
        "input": json.dumps(arguments, ensure_ascii=False, separators=(",", ":")),
        "name": tool,
        "type": "custom_tool_call",
        "id": f"ctc_{response_id}_{call}",
        "status": "completed",
    }


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
