"""What is logged is one event by a constant name, and fields: so that somebody can search for it."""

import ast
import re
from collections.abc import Iterator

from tests.meta.test_house import modules, named, tree

LOGGED = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
EVENT = re.compile(r"[a-z]+(_[a-z0-9]+)*")
HANDED_ON = "bot.jobs.rounds"
"""Where the name comes as an argument, as `failed`."""


def said(package: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a module's `log`, with the module's name."""
    for path in modules(package):
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and (node.func.value.id, node.func.attr in LOGGED) == ("log", True)
            ):
                yield named(path), node


def event_of(call: ast.Call) -> str | None:
    """The constant name; None where it is put together, or more than the name stands there."""
    (only, *more) = call.args
    return only.value if isinstance(only, ast.Constant) and isinstance(only.value, str) and not more else None


def test_every_event_has_one_constant_name_and_its_facts_are_fields() -> None:
    calls = [one for package in ("bot", "cogs", "storage") for one in said(package)]
    events = {f"{module}:{call.lineno}": event_of(call) for module, call in calls if module != HANDED_ON}
    events |= {
        f"{named(path)}:{node.lineno}": str(node.value.value)
        if isinstance(node.value, ast.Constant)
        else None
        for path in modules("bot")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg == "failed"
    }

    assert len(events) > 50
    assert {where: name for where, name in events.items() if not name or not EVENT.fullmatch(name)} == {}


def test_no_event_is_put_together_out_of_values() -> None:
    for text in ("log.info(f'took {job}')", "log.info('took %s', job)", "log.info(name)"):
        (call,) = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]

        assert event_of(call) is None, text
