"""What the doctor makes of the facts: the state of each line, and what it tells to do."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.command_list import Change, ChangeKind
from bot.doctor import judging, judging_callbacks, judging_discord, judging_provider
from bot.doctor import sentences as s
from bot.doctor.facts import (
    Application,
    Backups,
    DiscordFacts,
    Facts,
    Membership,
    ProviderFacts,
    Room,
    RoundTrip,
)
from bot.doctor.lines import Check, Line, State
from bot.errors import NotSent, ProviderError, Refused, Unanswered
from bot.fault import Fault
from bot.invite import permissions_value
from bot.refusals.starts import DiscordUnreachable, TokenRefused
from storage.checkup import Examined
from tests.unit.settings_desk import GUILD, Environment

PROVIDER = "kie-sora-2-characters"
ALL = permissions_value(private_results=False)
APPLICATION = Application(
    application_id=1200000000000000009,
    name="Dramatis",
    flags=0,
    needs_code_grant=False,
    privacy_url="https://a.example",
    terms_url="https://b.example",
)
DISCORD = DiscordFacts(
    application=APPLICATION,
    servers=(Membership(GUILD, "Studio", ALL),),
    published=3,
    changes=(),
    will_publish=False,
)
SERVES = ProviderFacts(1000.0, {PROVIDER: None}, timedelta())
EXAMINED = Examined("SQLite 3.51.3", "0008_resubmissions", 1_234_567)
CHANGED = (Change(ChangeKind.CHANGE, "/character", ("nsfw",)),)
PUBLIC = "https://bot.example.org"
DAY = timedelta(days=1)
KEY = "a-signature-key-of-24-bytes"


@pytest.fixture
def facts(environment: Environment) -> Facts:
    """Everything is well."""
    return Facts(
        settings=environment.load(),
        exposed_secrets=(),
        discord=DISCORD,
        provider=SERVES,
        clip_store=None,
        clip_address=None,
        database=EXAMINED,
        rooms=(Room(Path("data"), 5_000_000_000, writable=True),),
        backups=Backups(Path("backups"), DAY, timedelta(hours=3)),
        sqlite_version=(3, 51, 3),
        ffmpeg_version=(8, 1, 2),
        round_trip=None,
    )


def brief(line: Line) -> tuple[State, str]:
    return line.state, line.advice


def test_where_everything_is_well_every_line_says_so_in_order(facts: Facts) -> None:
    lines = judging.judge(facts)

    assert [line.check for line in lines] == list(Check)
    assert {line.state for line in lines if line.check is not Check.PUBLIC} == {State.OK}
    assert not any(line.advice for line in lines)
    assert judging.can_work(lines)


def test_one_failure_is_enough_and_a_warning_is_none(facts: Facts) -> None:
    warned = judging.judge(replace(facts, sqlite_version=(3, 40, 1)))
    failed = judging.judge(replace(facts, discord=TokenRefused()))

    assert judging.can_work(warned)
    assert not judging.can_work(failed)
    assert [line.check for line in failed] == list(Check)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [({"exposed_secrets": (Path(".env"),)}, s.SECRETS_EXPOSED), ({}, s.LOUD_LOG)],
)
def test_careless_settings_are_a_warning(
    facts: Facts, environment: Environment, changes: dict[str, Any], advice: str
) -> None:
    loud = environment.load(LOG_LEVEL="DEBUG")

    assert brief(judging.settings(replace(facts, settings=loud, **changes))) == (State.WARNING, advice)


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [(TokenRefused(), s.NEW_TOKEN), (DiscordUnreachable("https://d.example", "TimeoutError"), s.IS_ONLINE)],
)
def test_without_discord_the_token_fails_and_the_rest_is_not_judged(
    facts: Facts, refusal: TokenRefused | DiscordUnreachable, advice: str
) -> None:
    token, *others = judging_discord.lines(facts.settings, refusal)

    assert (token.check, *brief(token)) == (Check.TOKEN, State.FAILED, advice)
    assert {brief(line) for line in others} == {(State.SKIPPED, "")}


@pytest.mark.parametrize("bit", [12, 13, 14, 15, 18, 19])
def test_a_privileged_intent_that_is_switched_on_is_named(bit: int) -> None:
    line = judging_discord.intents(replace(APPLICATION, flags=1 << bit))

    assert brief(line) == (State.WARNING, s.INTENTS_OFF)
    assert any(name in line.found for name in ("Presence", "Server Members", "Message Content"))


def test_other_flags_are_no_intents() -> None:
    assert judging_discord.intents(replace(APPLICATION, flags=1 << 23)).state is State.OK


def test_other_commands_fail_unless_the_next_start_publishes_ours() -> None:
    stale = replace(DISCORD, changes=CHANGED)

    assert brief(judging_discord.commands(stale)) == (State.FAILED, s.SYNC)
    assert brief(judging_discord.commands(replace(stale, will_publish=True))) == (
        State.WARNING,
        s.START_PUBLISHES,
    )
    assert "0 to add, 1 to change, 0 to remove (/character)" in judging_discord.commands(stale).found


def test_a_link_that_adds_no_bot_fails_and_a_good_one_is_shown() -> None:
    refused = judging_discord.invite(replace(APPLICATION, needs_code_grant=True))

    assert brief(refused) == (State.FAILED, s.CODE_GRANT_OFF)
    assert f"permissions={ALL}" in judging_discord.invite(APPLICATION).found


def test_in_none_of_the_allowed_servers_there_is_nothing_to_do() -> None:
    elsewhere = (Membership(1, "Other", ALL),)

    assert brief(judging_discord.servers(frozenset({GUILD}), elsewhere)) == (State.FAILED, s.INVITE)
    assert brief(judging_discord.servers(None, ())) == (State.WARNING, s.INVITE)
    assert judging_discord.servers(None, elsewhere).state is State.OK


def test_an_allowed_server_without_the_bot_is_named() -> None:
    line = judging_discord.servers(frozenset({GUILD, 77}), DISCORD.servers)

    assert brief(line) == (State.WARNING, s.INVITE)
    assert "not in 77," in line.found


def test_what_the_bot_lacks_in_a_server_is_named() -> None:
    lacking = (Membership(GUILD, "Studio", ALL & ~(1 << 35) & ~(1 << 15)),)
    line = judging_discord.servers(None, lacking)

    assert brief(line) == (State.WARNING, s.PERMISSIONS)
    assert line.found == "Studio lacks attach files, create public threads"
    administrator = (Membership(GUILD, "Studio", 1 << 3),)
    assert judging_discord.servers(None, administrator).state is State.OK


@pytest.mark.parametrize(
    ("missing", "told"),
    [({"privacy_url": None}, "privacy policy"), ({"terms_url": ""}, "terms")],
)
def test_a_link_that_is_not_named_is_a_warning(missing: dict[str, Any], told: str) -> None:
    line = judging_discord.links(replace(APPLICATION, **missing))

    assert (brief(line), line.found) == ((State.WARNING, s.SET_LINKS), f"not named: {told}")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (Refused(Fault.KEY_REFUSED, code="401", text="wrong key"), s.NEW_KEY),
        (Refused(Fault.KEY_LIMIT, code="433"), s.RAISE_CAP),
        (Refused(Fault.EDGE_REFUSED, code="403"), s.EDGE),
        (NotSent(Fault.UNREACHABLE, text="ClientConnectorError"), s.ASK_AGAIN),
    ],
)
def test_a_key_that_does_not_open_fails_and_what_is_behind_it_stays_unjudged(
    facts: Facts, error: ProviderError, advice: str
) -> None:
    found = replace(SERVES, credits=error, models={PROVIDER: error})
    key, balance, *_ = judging_provider.lines(facts.settings, found)

    assert brief(key) == (State.FAILED, advice)
    assert error.fault.value.replace("_", " ") in key.found
    assert balance.state is State.SKIPPED


def test_a_cap_that_only_orders_meet_fails_the_key() -> None:
    capped = replace(SERVES, models={PROVIDER: Refused(Fault.KEY_LIMIT)})

    assert brief(judging_provider.key(capped)) == (State.FAILED, s.RAISE_CAP)
    assert judging_provider.model(PROVIDER, capped.models[PROVIDER], is_first=True).state is State.SKIPPED


@pytest.mark.parametrize(
    ("left", "state"),
    [(-1.0, State.FAILED), (0.0, State.FAILED), (199.0, State.WARNING), (200.0, State.OK)],
)
def test_the_balance_is_judged_by_what_it_still_pays(left: float, state: State) -> None:
    assert judging_provider.balance(left, 200.0, 0.0).state is state


def test_a_balance_below_a_threshold_says_which() -> None:
    low, reserve = (judging_provider.balance(left, 200.0, 50.0) for left in (50.0, 49.5))

    assert (low.state, low.found) == (State.WARNING, "50 credits, below CREDITS_WARN_BELOW (200)")
    assert (reserve.state, reserve.found) == (State.FAILED, "49.5 credits, below CREDITS_PAUSE_BELOW (50)")
    assert reserve.advice == s.TOP_UP


def test_what_a_provider_builds_upon_without_a_source_has_a_line_each(facts: Facts) -> None:
    found = replace(SERVES, assumed={PROVIDER: ("ids last", "it is quick"), "other": ("more",)})

    lines = [one for one in judging_provider.lines(facts.settings, found) if one.check is Check.ASSUMED]

    assert [one.found for one in lines] == [
        f"{PROVIDER}, without a source: ids last",
        f"{PROVIDER}, without a source: it is quick",
    ]


@pytest.mark.parametrize(
    ("fault", "state", "advice"),
    [
        (Fault.MODEL_OFF, State.FAILED, s.MODEL_WAITS),
        (Fault.MAINTENANCE, State.FAILED, s.MODEL_WAITS),
        (Fault.THROTTLED, State.WARNING, s.ASK_AGAIN),
        (Fault.NO_CREDIT, State.SKIPPED, s.SEE_KEY),
        (Fault.CREDIT_RESERVE, State.SKIPPED, s.SEE_KEY),
        (Fault.KEY_REFUSED, State.SKIPPED, s.SEE_KEY),
        (Fault.PROVIDER_TROUBLE, State.FAILED, s.ASK_AGAIN),
    ],
)
def test_a_model_that_takes_no_orders_is_judged_by_its_reason(
    fault: Fault, state: State, advice: str
) -> None:
    assert brief(judging_provider.model(PROVIDER, Unanswered(fault), is_first=True)) == (state, advice)


def test_a_stand_in_that_is_off_is_a_warning() -> None:
    assert judging_provider.model("other", Refused(Fault.MODEL_OFF), is_first=False).state is State.WARNING


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("seconds", "state"),
    [(5, State.OK), (6, State.WARNING), (300, State.WARNING), (301, State.FAILED)],
)
def test_a_clock_is_judged_by_how_far_it_is_off(seconds: int, sign: int, state: State) -> None:
    line = judging_provider.clock(timedelta(seconds=sign * seconds))

    assert line.state is state
    assert f"{seconds} s {'behind' if sign > 0 else 'ahead of'} the provider's" in line.found


def test_a_provider_that_tells_no_time_leaves_the_clock_unjudged() -> None:
    assert judging_provider.clock(None).state is State.SKIPPED


def test_sqlite_is_judged_by_the_fault_that_was_mended(facts: Facts, environment: Environment) -> None:
    shared = environment.load(DATABASE_URL="postgresql://bot@host/bot")

    assert brief(judging.sqlite(facts.settings, (3, 51, 2))) == (State.WARNING, s.SQLITE_OLD)
    assert judging.sqlite(facts.settings, (3, 51, 3)).state is State.OK
    assert judging.sqlite(shared, (3, 40, 1)).state is State.SKIPPED


@pytest.mark.parametrize(
    ("found", "state", "advice"),
    [
        (RoundTrip(200, 401), State.OK, ""),
        (RoundTrip(200, 200), State.FAILED, s.FORGERY_TAKEN),
        (RoundTrip(401, 401), State.FAILED, s.KEYS_DIFFER),
        (RoundTrip(404, 404), State.FAILED, s.NOT_OURS),
        (RoundTrip(301, 301), State.FAILED, s.NOT_OURS),
        (RoundTrip(502, 502), State.FAILED, s.PROXY_ALONE),
        (RoundTrip(None, None, "TimeoutError"), State.FAILED, s.NOBODY),
        (RoundTrip(None, None, "TimeoutError", listening=True), State.FAILED, s.NOBODY),
        (RoundTrip(502, 502, listening=False), State.WARNING, s.START_FIRST),
    ],
)
def test_the_public_address_is_judged_by_a_genuine_and_a_forged_callback(
    environment: Environment, found: RoundTrip, state: State, advice: str
) -> None:
    settings = environment.load(PUBLIC_BASE_URL=PUBLIC, KIE_WEBHOOK_HMAC_KEY=KEY)

    assert brief(judging_callbacks.line(settings, found)) == (state, advice)


def test_callbacks_without_a_key_are_a_warning_and_a_key_without_callbacks_is_told(
    environment: Environment,
) -> None:
    unsigned = environment.load(PUBLIC_BASE_URL=PUBLIC)
    assert brief(judging_callbacks.line(unsigned, RoundTrip(200, 200))) == (State.WARNING, s.UNSIGNED)

    unused = environment.load(PUBLIC_BASE_URL=None, KIE_WEBHOOK_HMAC_KEY=KEY)
    assert brief(judging_callbacks.line(unused, None)) == (State.SKIPPED, s.KEY_UNUSED)
