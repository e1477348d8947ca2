"""What a running bot shows to Prometheus, and what dashboard and alerts ask for: the same names."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from sandbox.kie.outcomes import Outcome
from tests.acceptance.house import event_of
from tests.acceptance.scene import Scene

DEPLOY = Path(__file__).parents[2] / "deploy"
METRIC = re.compile(r"\b((?:dramatis|process)_\w+)(?:\{([^}]*)\})?")
MATCHED = re.compile(r"(\w+)(?:=|!)")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
LONG_NUMBER = re.compile(r"\d{16}")
LEGEND = re.compile(r"\{\{(\w+)\}\}")
LABELS_IN_TEXT = re.compile(r"\{\{ \$labels\.(\w+) \}\}")
Labels = dict[str, set[str]]


async def scraped(scene: Scene) -> str:
    """The page of the bot that runs."""
    lines = map(event_of, scene.house.bot.log.splitlines())
    (*_, listening) = (line for line in lines if line.get("event") == "listening")
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{listening['port']}/metrics") as answer,
    ):
        assert answer.status == 200
        return await answer.text()


def labels_of(page: str) -> Labels:
    """The labels of each series."""
    found: Labels = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def queries() -> Iterator[tuple[str, set[str]]]:
    """Every question that dashboard and alerts ask, with the labels that its answer is described by."""
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"], set(LEGEND.findall(target["legendFormat"]))
    rules = yaml.safe_load((DEPLOY / "alert-rules.yaml").read_text("utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule["expr"], set(LABELS_IN_TEXT.findall(rule["annotations"]["summary"]))


def unknown_in(expression: str, described: set[str], known: Labels) -> set[str]:
    """What a question asks for that is not there: metrics, or labels of them."""
    metrics = {name for name, _ in METRIC.findall(expression)}
    assert metrics, expression
    labels = set().union(*(known.get(name, set()) for name in metrics))
    asked = {name for _, matchers in METRIC.findall(expression) for name in MATCHED.findall(matchers)}
    grouped = {label.strip() for group in GROUPED.findall(expression) for label in group.split(",")}
    shown = described & grouped if grouped else described
    assert described == shown, f"{expression} drops {described - shown}"
    return (metrics - set(known)) | ((asked | grouped | described) - labels)


async def test_dashboard_and_alerts_ask_for_what_a_running_bot_shows(scene: Scene) -> None:
    await (await scene.order()).result()
    scene.house.kie.script(Outcome.never())
    job = await scene.order()
    await job.task()

    known = labels_of(await scraped(scene))

    assert {expression: unknown_in(expression, shown, known) for expression, shown in queries()} == {
        expression: set() for expression, _ in queries()
    }


async def test_a_question_for_what_is_not_there_is_noticed(scene: Scene) -> None:
    known = labels_of(await scraped(scene))

    assert unknown_in("dramatis_nothing > 1", set(), known) == {"dramatis_nothing"}
    assert unknown_in('dramatis_breaker_open{server="1"}', set(), known) == {"server"}
    assert unknown_in("sum by (member) (dramatis_breaker_open)", set(), known) == {"member"}
    assert unknown_in("dramatis_breaker_open", {"member"}, known) == {"member"}


async def test_nothing_on_the_page_says_who_or_what_it_was_about(scene: Scene) -> None:
    job = await scene.order(name="Fenella")
    await job.result()

    page = await scraped(scene)

    ids = [scene.mira.id, scene.guild.id, scene.channel.id, job.card.id]
    assert [one for one in (job.prompt, "Fenella", *map(str, ids)) if one in page] == []
    values = {
        value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        for value in sample.labels.values()
    }
    assert "queued" in values or "succeeded" in values
    assert [value for value in values if LONG_NUMBER.search(value)] == []
