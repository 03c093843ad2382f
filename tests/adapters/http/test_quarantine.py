"""What is shown of site files that the gateway left out."""

from __future__ import annotations

import asyncio
import json

import pytest

from gridbridge.cli import main
from gridbridge.domain.views import QuarantineView
from tests.adapters.http.samples import empty_bench
from tests.adapters.http.test_metrics import scraped
from tests.adapters.http.test_openapi import SCHEMAS, schema_of, validator

LEFT_OUT = QuarantineView(
    file="sites/b.yaml", problems=("sites/b.yaml:1:9: 'voltage' is missing",)
)


async def test_the_status_names_each_file_and_what_is_wrong_there() -> None:
    async with empty_bench(quarantined=(LEFT_OUT,)) as bench:
        bench.store.down = True

        answer = await bench.get("/api/v1/status")

    assert answer.body == {
        "version": "1.2.3",
        "quarantined": [{"file": LEFT_OUT.file, "problems": list(LEFT_OUT.problems)}],
    }
    validator(schema_of("/status", "200")).validate(answer.body)
    described = SCHEMAS["schemas"]["QuarantinedFile"]["properties"]
    assert set(described) == set(answer.body["quarantined"][0])


@pytest.mark.parametrize("files", [(), (LEFT_OUT,)], ids=["none", "one"])
async def test_a_scrape_counts_them(files: tuple[QuarantineView, ...]) -> None:
    async with empty_bench(quarantined=files) as bench:
        samples = await scraped(bench)

    assert samples["gridbridge_config_quarantined_files", ()] == len(files)


async def test_the_status_command_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    async with empty_bench(quarantined=(LEFT_OUT,)) as bench:
        code = await asyncio.to_thread(main, ["status", "--url", bench.url])

    assert code == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "! quarantined: sites/b.yaml: its sites are not served",
        "  sites/b.yaml:1:9: 'voltage' is missing",
    ]


async def test_its_json_names_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    async with empty_bench(quarantined=(LEFT_OUT,)) as bench:
        await asyncio.to_thread(main, ["status", "--json", "--url", bench.url])

    told = json.loads(capsys.readouterr().out)
    assert told["quarantined"] == [{"file": LEFT_OUT.file, "problems": list(LEFT_OUT.problems)}]
