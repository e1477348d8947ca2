"""The clip store in a bucket: an S3 server that is down, lacks the bucket, turns us away, or loses things."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.clip import StoredClip
from bot.doctor import sentences as s
from bot.errors import ClipMissing, ClipStoreUnavailable
from sandbox.box import open_sandbox
from storage.clips import PART_BYTES, ObjectClipStore
from tests.canaries import BUCKET_SECRET
from tests.integration.backup_desk import CLIP, Machine, chunks, logs_as_before
from tests.integration.discord_addresses import addresses_kept
from tests.integration.test_doctor import Practice
from tests.object_store import ObjectServer, object_server

FAR_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    with logs_as_before(), addresses_kept():
        yield


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectServer]:
    with object_server() as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def bucket(server: ObjectServer) -> str:
    return server.bucket()


@pytest.fixture
def clips(bucket: str) -> ObjectClipStore:
    return ObjectClipStore.at(f"s3://{bucket}/a/prefix")


@asynccontextmanager
async def turning_away() -> AsyncIterator[str]:
    """A server that gives nobody any right."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=403, body=DENIED, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def every_call(clips: ObjectClipStore) -> list[ClipStoreUnavailable]:
    """What each call ends with."""
    stored = StoredClip(f"sha256/00/{'0' * 64}", "0" * 64, 4)
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: clips.stage("a", chunks(CLIP)),
        lambda: clips.keep(StoredClip("incoming/a", "0" * 64, 4)),
        lambda: clips.whole(stored),
        lambda: clips.holds(stored),
        clips.kept,
        lambda: clips.sweep(FAR_FUTURE),
        lambda: clips.sweep_kept((), FAR_FUTURE),
    ]
    ends = []
    for call in calls:
        with pytest.raises(ClipStoreUnavailable) as caught:
            await call()
        ends.append(caught.value)
    return ends


async def test_a_clip_of_many_parts_comes_back_whole(clips: ObjectClipStore) -> None:
    content = bytes(range(256)) * (3 * PART_BYTES // 256)

    kept = await clips.keep(await clips.stage("a", chunks(content)))

    assert await clips.whole(kept) == content
    assert await clips.kept() == [kept]


async def test_a_prefix_is_a_store_of_its_own(bucket: str, clips: ObjectClipStore) -> None:
    kept = await clips.keep(await clips.stage("a", chunks(CLIP)))
    other = ObjectClipStore.at(f"s3://{bucket}/a/nother")

    assert await other.kept() == []
    assert await other.sweep_kept((), FAR_FUTURE) == 0
    assert await clips.holds(kept)


async def test_what_was_left_behind_is_swept_and_what_is_wanted_stays(clips: ObjectClipStore) -> None:
    wanted = await clips.keep(await clips.stage("a", chunks(CLIP)))
    stray = await clips.keep(await clips.stage("b", chunks(b"stray")))
    await clips.stage("forgotten", chunks(b"staged"))

    assert await clips.sweep(FAR_FUTURE) == 1
    assert await clips.sweep_kept({wanted.key}, FAR_FUTURE) == 1

    assert await clips.kept() == [wanted]
    assert not await clips.holds(stray)


async def test_a_bucket_that_is_not_there_is_no_missing_clip(server: ObjectServer) -> None:
    ends = await every_call(ObjectClipStore.at("s3://nobodys-bucket/prefix"))

    assert server.base_url
    assert {end.cause for end in ends} == {"NoSuchBucket: The specified bucket does not exist"}


async def test_no_rights_are_no_missing_clip(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert server.base_url
    async with turning_away() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        ends = await every_call(ObjectClipStore.at("s3://clips"))

    causes = {end.cause for end in ends}
    assert all(end.turned_away for end in ends)
    assert all("AccessDenied" in cause or "403" in cause for cause in causes), causes
    assert BUCKET_SECRET not in str(causes)


@pytest.mark.seconds(120)
async def test_a_store_that_is_down_loses_nothing_and_goes_on_when_it_is_back(
    server: ObjectServer, clips: ObjectClipStore
) -> None:
    kept = await clips.keep(await clips.stage("a", chunks(CLIP)))
    server.go_down()

    ends = await every_call(clips)
    server.come_back()

    assert BUCKET_SECRET not in str([end.cause for end in ends])
    assert await clips.whole(kept) == CLIP


async def test_an_object_that_the_store_lost_is_a_missing_clip(
    server: ObjectServer, bucket: str, clips: ObjectClipStore
) -> None:
    kept = await clips.keep(await clips.stage("a", chunks(CLIP)))

    server.lose(bucket, f"a/prefix/{kept.key}")

    assert not await clips.holds(kept)
    with pytest.raises(ClipMissing):
        await clips.whole(kept)


@pytest.mark.parametrize(
    ("state", "told", "turned_away"), [("down", "", False), ("lacking", "NoSuchBucket", True)]
)
async def test_a_store_that_is_away_is_told_from_one_that_turns_us_away(
    server: ObjectServer, bucket: str, state: str, told: str, *, turned_away: bool
) -> None:
    clips = ObjectClipStore.at(f"s3://{bucket if state == 'down' else 'nobodys-bucket'}")
    if state == "down":
        server.go_down()

    ends = await every_call(clips)
    why = await clips.out_of_order()
    if state == "down":
        server.come_back()

    assert {end.turned_away for end in ends} == {turned_away}
    assert why is not None
    assert told in why
    assert BUCKET_SECRET not in why


async def test_a_store_that_answers_is_in_order(clips: ObjectClipStore) -> None:
    assert await clips.out_of_order() is None


async def test_a_backup_holds_the_clips_of_a_bucket_and_puts_them_back(bucket: str, tmp_path: Path) -> None:
    machine, url = Machine(tmp_path), f"s3://{bucket}/live"
    stored = await machine.keep()
    job = await machine.accepted()
    live = ObjectClipStore.at(url)
    await live.keep(await live.stage("a", chunks(CLIP)))
    backup = await machine.backed_up(str(tmp_path / "elsewhere"), CLIP_STORE_URL=url)
    machine.lose()

    assert json.loads((backup / "backup.json").read_bytes())["clips"] == 1
    other = f"s3://{bucket}/restored"
    outcome = await machine.run("restore", str(backup), "--moved", CLIP_STORE_URL=other)

    assert (outcome.code, outcome.err) == (0, "")
    assert await ObjectClipStore.at(other).whole(stored) == CLIP
    assert (await machine.stands(job))[0] == job


async def test_the_doctor_writes_reads_and_lists_in_a_bucket_and_leaves_no_trace(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_sandbox() as box:
        box.discord.add_guild("Studio")
        practice = Practice(box, tmp_path)
        _, lines = await practice.lines(CLIP_STORE_URL=f"s3://{bucket}/doctor")
        _, lacking = await practice.lines(CLIP_STORE_URL="s3://nobodys-bucket")

    assert lines["clip store"]["found"] == s.CLIPS_WORK
    assert await ObjectClipStore.at(f"s3://{bucket}/doctor").sweep(FAR_FUTURE) == 0
    assert lacking["clip store"]["advice"] == s.BUCKET_BROKEN
    assert "NoSuchBucket" in lacking["clip store"]["found"]
