"""The JSON Schema of every document of the API; `documents` writes them."""

from __future__ import annotations

from typing import Final, TypeAlias

Json: TypeAlias = "dict[str, object]"


def _a(kind: str, words: str = "", **more: object) -> Json:
    return {"type": kind, **({"description": words} if words else {}), **more}


def _or_null(kind: str, words: str = "", **more: object) -> Json:
    return {"type": [kind, "null"], **({"description": words} if words else {}), **more}


def _time(words: str = "") -> Json:
    return _a("string", words, format="date-time")


def _time_or_null(words: str = "") -> Json:
    return _or_null("string", words, format="date-time")


def _all_of(**properties: Json) -> Json:
    """An object that always has every one of its members."""
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(name: str) -> Json:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


_STEP = _all_of(
    kind=_a("string", "hardware, share, silent, waits, schedule, ...; told; answer; metered"),
    text=_a("string"),
    name=_or_null("string", "what to look up: a circuit, an event, a program"),
    detail=_or_null("string"),
    current_a=_or_null("number", "the bound per wire; in the last step what was metered"),
    power_w=_or_null("number"),
    version=_or_null("integer", "of the schedule"),
    at=_time_or_null(),
)

_EVSE = _all_of(
    evse=_a("integer"),
    occupied=_a("boolean"),
    session=_or_null("string"),
    limit_a=_or_null("number", "per wire, now; null: nothing decided beyond the standing profile"),
    limit_w=_or_null("number"),
    setpoint_w=_or_null("number", "wanted power of a V2X EVSE, negative: discharge"),
    worst_a=_a("number", "the most it may draw given all that it may still hold"),
    version=_a("integer", "of the newest schedule decided"),
    accepted_version=_a("integer", "of the newest schedule accepted"),
    secured=_a("boolean", "its standing profile was accepted"),
    outcome={"enum": ["accepted", "refused", "unknown", None]},
    power_w=_or_null("number"),
    current_a=_or_null("number"),
    energy_wh=_or_null("number"),
    soc_pct=_or_null("number"),
    read_at=_time_or_null("of the last reading"),
    why=_list("Step"),
    text=_a("string", "the steps in one line"),
)

_STATION_MEMBERS: Final[dict[str, Json]] = {
    "station": _a("string"),
    "site": _a("string"),
    "at": _time("when the site's owner showed this"),
    "connected": _a("boolean"),
    "seen": _a("boolean", "it was connected at some time"),
    "protocol": _a("string"),
    "evses": _list("Evse"),
}

_LIFE: Final[dict[str, Json]] = {
    "event": _a("string"),
    "ven": _a("string"),
    "program": _or_null("string"),
    "version": _a("integer"),
    "status": {"enum": ["standing", "cancelled"]},
    "life": {"enum": ["pending", "active", "completed", "cancelled"]},
    "start": _time(),
    "end": _time_or_null("null: open-ended"),
    "arrived": _time(),
    "opt": {"enum": ["opt_in", "opt_out"]},
}

_ENERGY: Final[dict[str, Json]] = {
    "import_wh": _a("number"),
    "export_wh": _a("number", "what was given back, as a magnitude"),
    "covered": _a(
        "number",
        "the share of the bucket that meters tell of; of a site, that of the EVSE that told least",
        minimum=0,
        maximum=1,
    ),
}

_EVERY: Final[Json] = {"enum": ["1m", "15m"]}

_MODE: Final[Json] = {"enum": ["control", "observe"]}

SPAN: Final[dict[str, tuple[str, Json]]] = {
    "from": ("By default a day before `to`", _time()),
    "to": ("By default now", _time()),
    "every": (
        "How long a bucket is; those of a minute are kept for 2 days, the others for 60",
        {**_EVERY, "default": "15m"},
    ),
}
"""What the query for a history may hold."""

ALL: Final[dict[str, Json]] = {
    "Status": _all_of(version=_a("string"), quarantined=_list("QuarantinedFile")),
    "QuarantinedFile": _all_of(
        file=_a("string", "included, with sites that this gateway does not serve"),
        problems={
            "type": "array",
            "items": _a("string", "FILE:LINE:COLUMN: what is wrong [where]"),
        },
    ),
    "Site": _all_of(
        site=_a("string"),
        at=_time("when its owner showed this"),
        mode=_MODE,
        config=_a("string", "hash of the configuration"),
        import_w=_a("number", "the connection's import limit"),
        limit_w=_or_null("number", "what its EVSEs may draw together"),
        target_w=_or_null("number", "wanted net power of its EVSEs, where a dispatch asks"),
        power_w=_a("number", "what its EVSEs draw, at the grid side"),
        energy_wh=_a("number", "import minus export"),
        readings_complete=_a("boolean"),
        meter_w=_or_null("number", "at the connection; null without a fresh reading"),
        reserve_w=_a("number", "kept free for loads nobody controls"),
        envelope=_list("Segment"),
        stations=_list("Station"),
        events=_list("SiteEvent"),
        alarms=_list("Alarm"),
    ),
    "History": _all_of(
        **{
            "site": _a("string"),
            "every": _EVERY,
            "from": _time(
                "the first bucket begins here or later; no earlier than buckets are kept"
            ),
            "to": _time("the last one begins before"),
            "buckets": _list("Bucket"),
        }
    ),
    "Bucket": _all_of(start=_time(), **_ENERGY, evses=_list("EvseEnergy")),
    "EvseEnergy": _all_of(
        station=_a("string"),
        evse=_a("integer", "0: the station's main meter, which no sum counts"),
        **_ENERGY,
    ),
    "Segment": _all_of(
        start=_time_or_null(),
        end=_time_or_null(),
        limit_w=_or_null("number"),
        target_w=_or_null("number"),
        source=_a("string"),
    ),
    "Alarm": _all_of(name=_a("string"), subject=_a("string"), detail=_a("string")),
    "Station": _all_of(**_STATION_MEMBERS),
    "Explanation": _all_of(**_STATION_MEMBERS, mode=_MODE),
    "Evse": _EVSE,
    "Step": _STEP,
    "SiteEvent": _all_of(
        **_LIFE,
        test=_a("boolean"),
        lifted=_time_or_null("when what it asked for was lifted"),
    ),
    "Event": _all_of(
        **_LIFE,
        why=_a("string", "of the answer"),
        answered=_a("boolean", "the VTN confirmed that it has the answer"),
        sites={"type": "array", "items": _a("string")},
    ),
    "Ven": _all_of(
        ven=_a("string"),
        at=_time_or_null("when its owner showed this; null: nobody did yet"),
        reach={
            "enum": ["unknown", "lost", "never_heard", "not_registered", "registered"],
            "description": "lost: the VTN is silent for so long that a program's `lost` acts",
        },
        registered=_a("boolean"),
        ven_id=_or_null("string", "what the VTN calls us"),
        heard=_time_or_null("when the VTN last answered, to a minute; null: never"),
        silent_s=_or_null("number", "since then"),
        lost=_list("LostProgram"),
        alarms=_list("Alarm"),
        reports_waiting=_a("integer", "reports that the VTN has not confirmed"),
        text=_a("string", "all of it in one line"),
    ),
    "LostProgram": _all_of(
        program=_a("string"),
        then={"enum": ["release", "hold", "kw"], "description": "what holds instead"},
        limit_w=_or_null("number", "for kw"),
    ),
    "Problem": _all_of(
        type=_a("string"), title=_a("string"), status=_a("integer"), detail=_a("string")
    ),
}
