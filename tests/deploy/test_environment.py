"""Every value that a deployment file sets by environment is one the configuration knows."""

from __future__ import annotations

import re

import pytest

from gridbridge.config.sections.document import Document
from tests.deploy.conftest import DEPLOY

NAME = re.compile(r"\bGRIDBRIDGE_([A-Z_]+?)__([A-Z_]+)\s*[=:]")


def names(file: str) -> set[tuple[str, str]]:
    text = (DEPLOY / file).read_text(encoding="utf-8")
    return {(section.lower(), key.lower()) for section, key in NAME.findall(text)}


@pytest.mark.parametrize(
    "file", ["Dockerfile", "compose.yaml", "gridbridge.service", "gridbridge.env"]
)
def test_the_configuration_knows_what_is_set(file: str) -> None:
    known = {
        (section, key)
        for section, field in Document.model_fields.items()
        for key in getattr(field.annotation, "model_fields", ())
    }

    found = names(file)

    assert found != set()
    assert found - known == set()
