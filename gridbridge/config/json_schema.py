"""The configuration's JSON Schema, for editors and checks without gridbridge."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DictSchema, NullableSchema

from gridbridge.config.sections.document import Document

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _WithoutNull(GenerateJsonSchema):
    """What may be left out may not be null: an empty value is refused, so the schema must too."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - one of pydantic's own dicts
        del schema
        return False

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
        return made

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ANN401 - one of pydantic's own dicts
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made


def json_schema() -> dict[str, Any]:
    """The schema of one file with all sections; keys that are not built yet are not in it."""
    made = Document.model_json_schema(schema_generator=_WithoutNull)
    return {"$schema": DIALECT, **made, "title": "gridbridge"}


def json_schema_text() -> str:
    """The schema as it is written to a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
