"""The settings panel holds every setting once, within Discord's limits, whatever is set."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from bot.moderation import servers
from bot.moderation.servers import IDS_AT_MOST, ServerSettings
from bot.orders.prose import utf16_units
from cogs.admin.setup_view import ON_A_PAGE, There, chosen, page_of, setup_view
from cogs.texts import moderation

MANY = frozenset(range(10**18, 10**18 + IDS_AT_MOST))
FULL = ServerSettings(
    allowed_channels=MANY, allowed_roles=MANY, mod_roles=MANY, admin_roles=MANY, log_channel=min(MANY)
)
PAGES = range(page_of(tuple(moderation.SETTINGS)[-1]) + 1)
EVERYTHING, NOTHING = There(MANY, MANY), There(frozenset(), frozenset())


def drawn(number: int, settings: ServerSettings = FULL, there: There = EVERYTHING) -> list[dict[str, Any]]:
    view: Any = setup_view(settings, number, there)
    return list(everything_in(view.to_components()))


def everything_in(components: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in components:
        yield one
        yield from everything_in(one.get("components", ()))


def selects(components: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["custom_id"]: one for one in components if one["type"] in (3, 6, 8)}


@pytest.mark.parametrize("number", PAGES)
def test_a_page_fits_into_a_message(number: int) -> None:
    components = drawn(number)

    assert len(components) <= 40
    assert sum(utf16_units(one.get("content", "")) for one in components) <= 4000
    for select in selects(components).values():
        assert len(select["custom_id"]) <= 100
        assert len(select.get("options", ())) <= 25
        assert all(1 <= len(option["label"]) <= 100 for option in select.get("options", ()))
        assert len(select.get("default_values", ())) <= select["max_values"] <= 25


def test_every_setting_is_on_one_page() -> None:
    named = [custom_id.rsplit(":", 1)[1] for number in PAGES for custom_id in selects(drawn(number))]

    assert named == list(moderation.SETTINGS)
    assert all(page_of(name) == position // ON_A_PAGE for position, name in enumerate(named))


def test_a_page_past_the_end_is_the_last() -> None:
    assert drawn(999) == drawn(PAGES[-1])


def test_a_select_names_nothing_that_was_deleted() -> None:
    for number in PAGES:
        for select in selects(drawn(number, there=NOTHING)).values():
            assert not select.get("default_values")


@pytest.mark.parametrize("name", moderation.SETTINGS)
def test_whatever_a_select_offers_its_setting_takes(name: str) -> None:
    select = selects(drawn(page_of(name)))[f"c1s:cfg:set:0:{name}"]
    picks = [[option["value"]] for option in select.get("options", ())] or [[], [str(min(MANY))]]

    for values in picks:
        text = chosen(name, values)
        assert text is not None
        servers.changed(ServerSettings(), name, text)


def test_what_is_set_is_what_the_select_shows() -> None:
    settings = servers.changed(servers.changed(ServerSettings(), "renewal", "never"), "quota_per_day", "7")

    for name, text in (("renewal", "never"), ("quota_per_day", "7")):
        select = selects(drawn(page_of(name), settings))[f"c1s:cfg:set:0:{name}"]
        assert [option["value"] for option in select["options"] if option.get("default")] == [text]


def test_a_pick_of_nothing_is_no_pick_where_one_value_holds() -> None:
    assert chosen("renewal", []) is None
    assert chosen("mod_roles", []) == "none"
    assert chosen("allowed_roles", []) == "any"
