"""Checks requests against Discord's own OpenAPI 3.1 description of its HTTP interface."""

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, relevance
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from sandbox.discord.hub import Json
from sandbox.discord.openapi_known import known_reason

ADDRESS: Final = "urn:discord"
JSON_TYPE: Final = "application/json"
SHOWN_LIMIT: Final = 80  # characters of a value repeated in a message


@dataclass(frozen=True, slots=True)
class Violation:
    """Something the document does not allow."""

    method: str
    route: str
    json_path: str
    message: str


class Document:
    """The parsed document, with validators made when first needed."""

    def __init__(self, content: Json) -> None:
        self._paths: Mapping[str, Json] = content["paths"]
        self._patterns = [(template, _pattern(template)) for template in self._paths]
        schemas = content["components"]["schemas"]
        closed = {"components": {"schemas": _Rewriter(schemas, closes=True).all()}}
        opened = {"components": {"schemas": _Rewriter(schemas, closes=False).all()}}
        self._registry: Registry[Any] = Registry().with_resources(
            (f"{ADDRESS}:{name}", DRAFT202012.create_resource(shape))
            for name, shape in (("closed", closed), ("open", opened))
        )
        self._rewriters = {
            "closed": _Rewriter(schemas, closes=True),
            "open": _Rewriter(schemas, closes=False),
        }
        self._validators: dict[tuple[str, ...], Draft202012Validator] = {}

    def operation(self, method: str, path: str) -> Json | None:
        """The description of a method and address; the address may be a template or filled in."""
        template = path if path in self._paths else self._template(path)
        found: Json | None = self._paths.get(template, {}).get(method.lower())
        return found

    def _template(self, path: str) -> str:
        matching = [template for template, pattern in self._patterns if pattern.fullmatch(path)]
        return min(matching, key=lambda template: template.count("{"), default="")

    def faults(
        self, name: tuple[str, ...], schema: Json, content: Any, side: str
    ) -> Iterator[tuple[str, str]]:
        """Path and message of everything in `content` that a schema does not allow."""
        key = (*name, side)
        if key not in self._validators:
            rewritten = _anchored(self._rewriters[side].rewrite(schema), f"{ADDRESS}:{side}")
            self._validators[key] = Draft202012Validator(rewritten, registry=self._registry)
        for error in self._validators[key].iter_errors(content):
            leaf = _leaf(error)
            yield leaf.json_path, _told(leaf)


@functools.cache
def document(path: Path) -> Document:
    """The document in a file, read once per process."""
    return Document(json.loads(path.read_bytes()))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template)))


def _leaf(error: ValidationError) -> ValidationError:
    """The fault itself: inside a union that fits nowhere, that of the member that fits best."""
    while error.context:
        members: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            members.setdefault(inner.schema_path[0], []).append(inner)
        nearest = min(members.values(), key=_misfit)
        error = max(nearest, key=relevance)
    return error


def _misfit(faults: Sequence[ValidationError]) -> tuple[bool, int]:
    """How far a member of a union is from fitting: first its type of value, then the number of faults."""
    return any(one.validator == "type" and not one.relative_path for one in faults), len(faults)


def _told(error: ValidationError) -> str:
    """The message, with a long value shortened."""
    value = repr(error.instance)
    return (
        error.message.replace(value, f"{value[:SHOWN_LIMIT]}…") if len(value) > SHOWN_LIMIT else error.message
    )


def _anchored(schema: Any, address: str) -> Any:
    """The same schema with its references made absolute."""
    if isinstance(schema, dict):
        return {
            name: address + value if name == "$ref" and isinstance(value, str) else _anchored(value, address)
            for name, value in schema.items()
        }
    return [_anchored(one, address) for one in schema] if isinstance(schema, list) else schema


class _Rewriter:
    """Makes schemas answer precisely.

    Unions whose members differ by their `type` number become a choice by that number, so that a fault is
    reported where it is. With `closes`, objects take only the properties the document lists.
    """

    def __init__(self, schemas: Mapping[str, Json], *, closes: bool) -> None:
        self._schemas = schemas
        self._closes = closes

    def all(self) -> Json:
        return {name: self.rewrite(schema) for name, schema in self._schemas.items()}

    def rewrite(self, schema: Any) -> Any:
        """A rewritten copy."""
        if isinstance(schema, list):
            return [self.rewrite(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        shape = {name: self.rewrite(value) for name, value in schema.items()}
        if self._closes and isinstance(schema.get("properties"), dict):
            shape.setdefault("additionalProperties", False)
        for union in ("oneOf", "anyOf"):
            if isinstance(schema.get(union), list) and (choice := self._choice(schema[union])) is not None:
                del shape[union]
                shape["allOf"] = [*shape.get("allOf", ()), choice]
        return shape

    def _choice(self, branches: Sequence[Any]) -> Json | None:
        real = [one for one in branches if one != {"type": "null"}]
        takes_null = len(real) < len(branches)
        if len(real) == 1:
            chosen = self.rewrite(real[0])
        else:
            kinds = [self._kinds(one) for one in real]
            if any(not kind for kind in kinds):
                return None
            chosen = self._by_type(list(zip(kinds, real, strict=True)))
        return {"if": {"type": "null"}, "then": True, "else": chosen} if takes_null else chosen

    def _by_type(self, branches: Sequence[tuple[list[int], Any]]) -> Json:
        rules = [
            {"if": {"properties": {"type": {"enum": kinds}}}, "then": self.rewrite(branch)}
            for kinds, branch in branches
        ]
        every = [kind for kinds, _ in branches for kind in kinds]
        return {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"enum": every}},
            "if": {"properties": {"type": {"enum": every}}, "required": ["type"]},
            "then": {"allOf": rules},
        }

    def _kinds(self, branch: Any) -> list[int]:
        """The values of `type` that mark a branch; none when it has no such mark."""
        if not isinstance(branch, dict):
            return []
        name = str(branch.get("$ref", "")).rpartition("/")[2]
        target = self._schemas.get(name, branch)
        marked = target.get("properties", {}).get("type", {}) if "type" in target.get("required", ()) else {}
        kinds = marked.get("enum", [])
        return [kind for kind in kinds if isinstance(kind, int)]


class Checker:
    """Collects what the bot sent and the document does not allow."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.violations: list[Violation] = []

    def check(self, method: str, route: str, query: Mapping[str, str], body: Any) -> None:
        """Judge one request; `route` is the template, or the path where the sandbox has none."""
        operation = document(self._path).operation(method, route)
        if operation is None:
            self._add(method, route, "$", "no such method and address")
            return
        known = {one["name"] for one in operation.get("parameters", ())}
        for name in query:
            if name not in known:
                self._add(method, route, f"$query.{name}", "no such query parameter")
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get(JSON_TYPE, {}).get("schema")
        if schema is None or (body is None and not operation["requestBody"].get("required")):
            return
        for json_path, message in document(self._path).faults((method, route), schema, body, "closed"):
            self._add(method, route, json_path, message)

    def _add(self, method: str, route: str, json_path: str, message: str) -> None:
        if known_reason(method, route, json_path, message) is None:
            self.violations.append(Violation(method, route, json_path, message))

    def answer_faults(self, method: str, route: str, status: int, body: Any) -> list[Violation]:
        """What is wrong with an answer of the sandbox itself."""
        operation = document(self._path).operation(method, route)
        response = (operation or {}).get("responses", {}).get(str(status))
        if response is None:
            return [Violation(method, route, "$", f"the document has no answer {status}")]
        schema = response.get("content", {}).get(JSON_TYPE, {}).get("schema")
        if schema is None:
            return [] if body is None else [Violation(method, route, "$", "this answer has no body")]
        found = document(self._path).faults((method, route, str(status)), schema, body, "open")
        return [Violation(method, route, json_path, message) for json_path, message in found]
