"""How ``gridbridge replay`` tells whether a recorded run is decided the same again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gridbridge.cli.moments import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridbridge.domain.decisions import Decided
    from gridbridge.engine.replay.sameness import Difference, Sameness

LONGEST = 300
"""Characters of a line that shows a part of a decision; JSON has it all."""


def as_data(site: str, config: str, found: Sameness) -> dict[str, object]:
    """For ``--json``."""
    difference = found.difference
    return {
        "site": site,
        "config": config,
        "identical": difference is None,
        "decisions": found.same,
        "put_back": found.put_back,
        "facts": found.facts,
        "difference": None if difference is None else _difference_data(difference),
    }


def lines(site: str, config: str, found: Sameness) -> Iterator[str]:
    """For people."""
    apart = f", {found.put_back} more only wrote down what stations held" * bool(found.put_back)
    counted = f"{found.same} decision{'s' * (found.same != 1)} from {found.facts} facts"
    difference = found.difference
    if difference is None:
        yield f"{site}: {counted}: the same to the last byte{apart}"
        return
    last = "the next is not compared" if difference.reason == "config" else "then one is not"
    yield f"{site}: {counted} are the same{apart}; {last}:"
    at = written(difference.recorded.now)
    yield f"{at}, entry {difference.entry}: {_why(difference, config)}"
    yield from _shown(difference)


def _why(difference: Difference, config: str) -> str:
    decided = difference.recorded
    words = {
        "config": f"it was made under configuration {decided.config}; this one is {config}. "
        "Name the time of one configuration with --from and --to",
        "gap": f"entry {decided.upto}, which it was made after, is not recorded",
        "nothing": "by these facts there is nothing to decide then",
        "content": f"another decision: {', '.join(difference.parts)}",
    }
    return words[difference.reason]


def _shown(difference: Difference) -> Iterator[str]:
    """The first of what differs, as recorded (-) and as decided now (+)."""
    if difference.replayed is None:
        return
    recorded, replayed = _value(difference.recorded), _value(difference.replayed)
    for part in difference.parts:
        was, now = _first_apart(recorded.get(part), replayed.get(part))
        yield f"- {part}: {_short(was)}"
        yield f"+ {part}: {_short(now)}"


def _first_apart(was: object, now: object) -> tuple[object, object]:
    """Of two lists the first elements that differ; where one is shorter it has none (null)."""
    if not isinstance(was, list) or not isinstance(now, list):
        return was, now
    length = max(len(was), len(now))
    pairs = zip(
        [*was, *[None] * (length - len(was))], [*now, *[None] * (length - len(now))], strict=True
    )
    return next((one, other) for one, other in pairs if one != other)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _difference_data(difference: Difference) -> dict[str, object]:
    return {
        "entry": difference.entry,
        "at": written(difference.recorded.now),
        "reason": difference.reason.value,
        "parts": list(difference.parts),
        "recorded": _value(difference.recorded),
        "replayed": None if difference.replayed is None else _value(difference.replayed),
    }


def _value(decided: Decided) -> dict[str, Any]:
    from gridbridge.codec import encode

    value: dict[str, Any] = json.loads(encode(decided))["value"]
    return value
