"""The OpenAPI schema held against real answers: a status, header, field or type that it does not name is an error."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

METHODS = ("get", "post", "put", "patch", "delete")


class Contract:
    """What the schema says of each operation, by operationId."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = closed(schema)
        self.root = OAS31Validator(self.schema, format_checker=oas31_format_checker)
        self.operations = {
            operation["operationId"]: (method, path, operation)
            for path, item in schema["paths"].items()
            for method, operation in item.items()
        }

    def faults(self, name: str, answer: Any) -> list[str]:
        """Return what an answer of an operation has that the schema does not say, or says otherwise."""
        _, _, operation = self.operations[name]
        status = str(answer.status_code)
        described = operation["responses"].get(status) or (status == "405" and operation["responses"]["default"])
        if not described:
            return [f"{status} is not among the answers of {name}"]
        return [f"{name} {status}: {fault}" for fault in self._faults(self._resolve(described), answer)]

    def _faults(self, described: dict[str, Any], answer: Any) -> Iterator[str]:
        for header, reference in described.get("headers", {}).items():
            if self._resolve(reference).get("required") and header not in answer.headers:
                yield f"there is no header {header}"
        for header in {"ETag", "Link", "Retry-After", "WWW-Authenticate"} & set(answer.headers):
            if header not in described.get("headers", {}):
                yield f"the header {header} is not named"
        if not (content := described.get("content")):
            yield from ["there is a body"] if answer.content else []
            return
        media_type = answer.headers["Content-Type"].partition(";")[0]
        if media_type not in content:
            yield f"{media_type} is not among its media types"
            return
        schema = content[media_type]["schema"]
        for error in self.root.evolve(schema=schema).iter_errors(json.loads(answer.content)):
            yield f"{error.json_path}: {error.message}"

    def _resolve(self, described: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in described:
            return described
        _, _, kind, name = described["$ref"].split("/")
        return self.schema["components"][kind][name]


def closed(schema: Any) -> Any:
    """Return a copy in which no object may have other members than are named."""
    schema = copy.deepcopy(schema)
    for component in schema["components"]["schemas"].values():
        if "properties" in component:
            component.setdefault("additionalProperties", False)
    return schema
