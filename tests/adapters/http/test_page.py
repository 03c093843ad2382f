"""The status page: nothing from outside it, and nothing that names could break out of."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from hashlib import sha256

from gridbridge.domain.decisions import Alarm
from gridbridge_http.page import HTML
from tests.adapters.http.samples import SITE, Bench
from tests.adapters.http.test_openapi import PATHS

TEXT = HTML.decode()


async def test_it_is_served_fenced_in(bench: Bench) -> None:
    answer = await bench.get("/")

    assert (answer.status, answer.content_type) == (200, "text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        content = re.search(f"<{tag}>(.*?)</{tag}>", answer.body, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(sha256(content[1].encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_it_needs_nothing_from_elsewhere() -> None:
    assert not re.findall(r"https?://|//[a-z]+\.|\bsrc=|<link|@import|url\(", TEXT)


def test_it_asks_for_nothing_that_the_api_does_not_serve() -> None:
    (asked,) = re.findall(r"Promise\.all\((\[.*?\])\.map\(fetched\)", TEXT)

    assert set(json.loads(asked)) == {"/status", "/vens", "/sites", "/events"}
    assert set(json.loads(asked)) <= set(PATHS)


def test_names_can_only_become_text_nodes() -> None:
    for way_into_markup in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "DOMParser",
        "createContextualFragment",
        "srcdoc",
        ".href",
        " style=",
        " onclick=",
    ):
        assert way_into_markup not in TEXT


async def test_a_name_that_is_markup_never_stands_in_a_page(bench: Bench) -> None:
    evil = "<script>alert(1)</script>"
    await bench.show_site(replace(SITE, alarms=(Alarm(name=evil, subject=evil, detail=evil),)))

    page = await bench.get("/")
    problem = await bench.get("/api/v1/stations/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    data = await bench.get("/api/v1/sites")

    assert evil not in page.body
    assert (problem.status, problem.content_type) == (404, "application/problem+json")
    assert (data.content_type, data.body[0]["alarms"][0]["name"]) == ("application/json", evil)
