"""Where our reading of kie's pages meets the local kie's, which somebody else wrote from the same pages."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

import aiohttp
import pytest

from bot.clip import ClipKind, StoredClip
from bot.errors import Refused
from bot.fault import Fault
from bot.ports import Absent, Broke, Made, Running, Submission
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.sora_2_characters import NAME, Sora2Characters
from bot.providers.kie.uploads import Uploads
from bot.providers.kie.wire.signature import CallbackFlaw, TaskHint, check_callback
from sandbox.kie.outcomes import CallbackScript, IdSpelling, Outcome, ResultShape, Signature
from sandbox.kie.server import Kie, open_kie
from tests.fakes.raw_http import RawReply, answer, raw_server

API_KEY = "kie-test-key"
WEBHOOK_KEY = "kie-test-webhook-key"
CLIPS = {
    ClipKind.MP4: (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
    ClipKind.WEBM: (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04webm", "video/webm"),
    ClipKind.AVI: (b"RIFF\x00\x10\x00\x00AVI LIST", "video/avi"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """The local kie and our view of it."""

    kie: Kie
    client: KieClient
    provider: Sora2Characters

    async def hand_over(self, kind: ClipKind = ClipKind.MP4) -> str:
        content = CLIPS[kind][0] + bytes(2000)

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        return await self.provider.hand_over(StoredClip("k", "00" * 32, len(content)), kind, chunks())

    async def submit(self, outcome: Outcome, callback_url: str | None = None) -> str:
        self.kie.script(outcome)
        return await self.provider.submit(Submission(await self.hand_over(), "robot", "calm", callback_url))


@asynccontextmanager
async def pair(api_key: str = API_KEY) -> AsyncIterator[Pair]:
    async with (
        open_kie(api_key=API_KEY, webhook_key=WEBHOOK_KEY, seconds_to_success=3600) as kie,
        aiohttp.ClientSession() as session,
    ):
        client = KieClient(session, KieConfig(kie.api_base_url, kie.upload_base_url, api_key))
        yield Pair(kie, client, Sora2Characters(client, Uploads(client)))


async def test_the_provider_is_known_by_its_documented_name() -> None:
    async with pair() as made:
        assert made.provider.name == NAME == "kie-sora-2-characters"


@pytest.mark.parametrize("kind", list(ClipKind))
async def test_every_kind_of_clip_is_taken_for_what_it_is(kind: ClipKind) -> None:
    async with pair() as made:
        url = await made.hand_over(kind)

    [upload] = made.kie.ledger.uploads
    assert url.endswith(f".{kind}")
    assert upload.mime_type == CLIPS[kind][1]
    assert not upload.overwrote


async def test_a_submission_carries_the_documented_fields() -> None:
    async with pair() as made:
        url = await made.hand_over()
        await made.provider.submit(Submission(url, "robot", "calm", "http://127.0.0.1:9/cb/1"))
        await made.provider.submit(Submission(url, "", ""))

    full, bare = [submission.body for submission in made.kie.ledger.submissions]
    texts = {"character_prompt": "robot", "safety_instruction": "calm"}
    assert full == {
        "model": "sora-2-characters",
        "callBackUrl": "http://127.0.0.1:9/cb/1",
        "input": {"character_file_url": [url], **texts},
    }
    assert bare == {"model": "sora-2-characters", "input": {"character_file_url": [url]}}


async def test_long_texts_in_any_script_arrive() -> None:
    text = "\U0001f916é\u202e\n" * 1000
    async with pair() as made:
        await made.provider.submit(Submission(await made.hand_over(), text, text))

    assert made.kie.ledger.submissions[0].body["input"]["character_prompt"] == text


@pytest.mark.parametrize(
    "shape", [shape for shape in ResultShape if shape.name not in ("EMPTY_TEXT", "NULL")]
)
async def test_a_result_is_read_or_called_unreadable(shape: ResultShape) -> None:
    unreadable = shape in (
        ResultShape.LIST,
        ResultShape.MISSING_ID,
        ResultShape.NOT_JSON,
        ResultShape.NUMBER_ID,
    )
    async with pair() as made:
        task_id = await made.submit(Outcome(3600, character_id="char_1", shape=shape))
        made.kie.finish(task_id)
        report = await made.provider.look_up(task_id)

    if unreadable:
        assert isinstance(report, Broke)
        assert report.fault == Fault.UNREADABLE_RESULT
        assert report.credits_spent == 20.0
        assert report.text
    else:
        assert report == Made("char_1", 20.0)


@pytest.mark.parametrize("shape", [ResultShape.EMPTY_TEXT, ResultShape.NULL])
async def test_a_success_without_a_result_is_unreadable(shape: ResultShape) -> None:
    async with pair() as made:
        task_id = await made.submit(Outcome(3600, shape=shape))
        made.kie.finish(task_id)

        assert await made.provider.look_up(task_id) == Broke(Fault.UNREADABLE_RESULT, credits_spent=20.0)


@pytest.mark.parametrize("credits_field", ["creditsConsumed", "consumeCredits", None])
async def test_the_spend_is_read_under_both_names(credits_field: str | None) -> None:
    async with pair() as made:
        task_id = await made.submit(Outcome(3600, character_id="char_1", credits_field=credits_field))
        made.kie.finish(task_id)

        assert await made.provider.look_up(task_id) == Made("char_1", 20.0 if credits_field else None)


@pytest.mark.parametrize("word", ["waiting", "queuing", "generating", "polishing", "SUCCESS"])
async def test_any_other_word_means_running(word: str) -> None:
    async with pair() as made:
        task_id = await made.submit(Outcome.never(word))

        assert await made.provider.look_up(task_id) == Running(word)


async def test_progress_is_told_where_there_is_some() -> None:
    async with pair() as made:
        task_id = await made.submit(Outcome(3600, path=("generating",), fields={"progress": 42}))

        assert await made.provider.look_up(task_id) == Running("generating", 42)


@pytest.mark.parametrize("code", [404, 422])
async def test_both_ways_of_not_knowing_a_task_are_absence(code: int) -> None:
    async with pair() as made:
        task_id = await made.submit(Outcome(3600))
        made.kie.forget(task_id, code=code)

        assert await made.provider.look_up(task_id) == Absent()


async def test_a_task_without_data_is_absent() -> None:
    async with pair() as made:
        task_id = await made.submit(Outcome(3600))
        made.kie.faults.null_data("recordInfo")

        assert await made.provider.look_up(task_id) == Absent()


async def test_a_withdrawn_model_is_off() -> None:
    async with pair() as made:
        made.kie.withdraw_model()
        with pytest.raises(Refused) as caught:
            await made.submit(Outcome())

    assert caught.value.fault == Fault.MODEL_OFF


async def test_a_model_that_comes_and_goes_is_noticed_for_nothing() -> None:
    async with pair() as made:
        before = await made.client.credit()
        await made.provider.probe()
        for close in (made.kie.pause_model, made.kie.withdraw_model):
            close()
            with pytest.raises(Refused) as caught:
                await made.provider.probe()
            assert caught.value.fault == Fault.MODEL_OFF
        made.kie.resume_model()
        await made.provider.probe()

        assert await made.client.credit() == before
    assert made.kie.ledger.tasks == []


@pytest.mark.parametrize("left", ["0", "-1.5"])
async def test_an_account_that_is_used_up_is_noticed_by_its_balance(left: str) -> None:
    async with pair() as made:
        made.kie.account.balance = Decimal(left)
        with pytest.raises(Refused) as caught:
            await made.provider.probe()
        made.kie.account.balance = Decimal("0.5")
        await made.provider.probe()

    assert caught.value.fault == Fault.NO_CREDIT


async def test_a_wrong_key_is_refused_everywhere() -> None:
    async with pair(api_key="wrong") as made:
        for call in (
            made.hand_over(),
            made.provider.submit(Submission("https://files.example/a.mp4", "", "")),
            made.provider.look_up("t"),
            made.client.credit(),
            made.provider.probe(),
        ):
            with pytest.raises(Refused) as caught:
                await call
            assert (caught.value.fault, caught.value.code) == (Fault.KEY_REFUSED, "401")
            assert "wrong" not in repr(caught.value)


async def test_the_balance_falls_by_what_a_task_costs() -> None:
    async with pair() as made:
        before = await made.client.credit()
        await made.submit(Outcome(3600))

        assert before - await made.client.credit() == 20.0


# Callbacks: signed there, verified here.


async def delivered(callback: CallbackScript, fail: str | None = None) -> tuple[str, TaskHint | CallbackFlaw]:
    async with raw_server() as listener, pair() as made:
        listener.otherwise = lambda _: RawReply(answer(b'{"code": 200, "msg": "success"}'))
        task_id = await made.submit(Outcome(3600, callback=callback), listener.base_url + "/cb/1")
        if fail:
            made.kie.fail(task_id, "400", fail)
        else:
            made.kie.finish(task_id)
        await made.kie.ledger.wait_until(lambda: bool(made.kie.ledger.deliveries), 5)
        [delivery, *_] = made.kie.ledger.deliveries
        [request, *_] = listener.requests
        return task_id, check_callback(request.headers.items(), request.body, [WEBHOOK_KEY], delivery.at)


@pytest.mark.parametrize(
    "spelling", [IdSpelling.CAMEL_CASE, IdSpelling.SNAKE_CASE, IdSpelling.TOP_LEVEL, IdSpelling.EVERYWHERE]
)
@pytest.mark.parametrize("fail", [None, "no"])
async def test_a_signed_callback_is_believed_wherever_its_id_stands(
    spelling: IdSpelling, fail: str | None
) -> None:
    task_id, found = await delivered(CallbackScript(spelling=spelling), fail)

    assert isinstance(found, TaskHint)
    assert found.task_id == task_id


@pytest.mark.parametrize(
    ("callback", "flaw"),
    [
        (CallbackScript(spelling=IdSpelling.CONFLICTING), CallbackFlaw.CONTRADICTORY),
        (CallbackScript(spelling=IdSpelling.NOWHERE), CallbackFlaw.NO_TASK_ID),
        (CallbackScript(signature=Signature.FORGED), CallbackFlaw.FORGED),
        (CallbackScript(signature=Signature.MISSING), CallbackFlaw.UNSIGNED),
        (CallbackScript(signature=Signature.OTHER_TASK), CallbackFlaw.FORGED),
        (CallbackScript(timestamp_shift_seconds=-400), CallbackFlaw.STALE),
        (CallbackScript(timestamp_shift_seconds=400), CallbackFlaw.STALE),
        (CallbackScript(body=b"[]"), CallbackFlaw.NO_TASK_ID),
        (CallbackScript(body=b"{"), CallbackFlaw.UNREADABLE),
    ],
)
async def test_a_callback_that_is_not_quite_right_is_not_believed(
    callback: CallbackScript, flaw: CallbackFlaw
) -> None:
    assert (await delivered(callback))[1] == flaw


async def test_an_altered_body_under_a_valid_signature_names_the_same_task_only() -> None:
    callback = CallbackScript(altered={"state": "fail", "resultJson": json.dumps({"character_id": "evil"})})
    task_id, found = await delivered(callback)

    assert isinstance(found, TaskHint)
    assert found.task_id == task_id
