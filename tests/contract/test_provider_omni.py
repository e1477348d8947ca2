"""Our reading of the second model meets the local kie, which knows its facts and nothing of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

import aiohttp
import pytest

from bot.clip import PictureKind, StoredClip
from bot.errors import Refused, Unanswered
from bot.fault import Fault
from bot.ports import Made, Submission
from bot.providers.kie.client import KieClient, KieConfig
from bot.providers.kie.gemini_omni import CAPABILITIES, NAME, GeminiOmni
from bot.providers.kie.uploads import Uploads
from sandbox.kie.omni import OmniCharacter
from sandbox.kie.server import Kie, open_kie

API_KEY = "kie-test-key"
JPEG = b"\xff\xd8\xff\xe0" + bytes(2000)
ENDPOINT = "omni-character"


@dataclass(frozen=True, slots=True)
class Pair:
    """The local kie and our view of it."""

    kie: Kie
    client: KieClient
    provider: GeminiOmni

    async def hand_over(self, content: bytes = JPEG) -> str:
        async def chunks() -> AsyncIterator[bytes]:
            yield content

        source = StoredClip("k", "00" * 32, len(content))
        return await self.provider.hand_over(source, PictureKind.JPEG, chunks())

    async def submit(self, prompt: str = "robot", safety: str = "calm", name: str | None = None) -> Made:
        return await self.provider.submit(Submission(await self.hand_over(), prompt, safety, name=name))

    @property
    def made(self) -> list[OmniCharacter]:
        return self.kie.omni.characters


@asynccontextmanager
async def pair(api_key: str = API_KEY) -> AsyncIterator[Pair]:
    async with open_kie(api_key=API_KEY) as kie, aiohttp.ClientSession() as session:
        client = KieClient(session, KieConfig(kie.api_base_url, kie.upload_base_url, api_key))
        yield Pair(kie, client, GeminiOmni(client, Uploads(client)))


async def test_one_picture_both_texts_and_the_name_arrive() -> None:
    async with pair() as both:
        made = await both.submit(name="Fen")

    (character,) = both.made
    (upload,) = both.kie.ledger.uploads
    assert made == Made(str(character.character_id))
    assert character.request.descriptions == "robot\n\nSafety:\ncalm"
    assert (character.request.image_url, character.request.name) == (upload.url, "Fen")
    assert (upload.mime_type, upload.sha256) == ("image/jpeg", character.image_sha256)


async def test_the_longest_texts_of_a_member_are_taken() -> None:
    async with pair() as both:
        await both.submit("p" * 5000, "s" * 5000, "n" * 40)

    assert len(both.made) == 1


async def test_without_any_text_it_is_still_an_order() -> None:
    async with pair() as both:
        await both.submit("", "")

    assert both.made[0].request.descriptions


@pytest.mark.parametrize("told", ["", None, 4711, ["a"], "`rm -rf`", "a" * 10_000, "@everyone", "a b", {}])
async def test_an_id_that_is_none_is_not_passed_on_and_not_asked_for_again(told: object) -> None:
    async with pair() as both:
        both.kie.omni.ids.append(told)
        with pytest.raises(Unanswered) as caught:
            await both.submit()

    assert caught.value.fault == Fault.NONSENSE
    assert len(caught.value.text or "") <= 500
    assert len(both.made) == 1


async def test_a_picture_that_is_gone_is_a_source_that_cannot_be_read() -> None:
    async with pair() as both:
        url = await both.hand_over()
        both.kie.advance(25 * 3600)
        with pytest.raises(Refused) as caught:
            await both.provider.submit(Submission(url, "", ""))

    assert caught.value.fault == Fault.SOURCE_UNREACHABLE
    assert both.made == []


async def test_it_is_off_and_on_by_itself_whatever_the_other_model_does_and_asking_is_free() -> None:
    async with pair() as both:
        both.kie.pause_model()
        await both.provider.probe()
        both.kie.pause_omni()
        for call in (both.provider.probe(), both.submit()):
            with pytest.raises(Refused) as caught:
                await call
            assert caught.value.fault == Fault.MODEL_OFF
        both.kie.resume_omni()
        await both.provider.probe()

    assert both.made == []


async def test_an_account_that_is_used_up_is_noticed_by_its_balance() -> None:
    async with pair() as both:
        both.kie.account.balance = Decimal(0)
        with pytest.raises(Refused) as caught:
            await both.provider.probe()

    assert caught.value.fault == Fault.NO_CREDIT


async def test_a_wrong_key_is_refused_everywhere() -> None:
    async with pair(api_key="wrong") as both:
        submission = Submission("https://files.example/a.jpeg", "", "")
        for call in (both.hand_over(), both.provider.submit(submission), both.provider.probe()):
            with pytest.raises(Refused) as caught:
                await call
            assert (caught.value.fault, caught.value.code) == (Fault.KEY_REFUSED, "401")


async def test_what_nobody_documents_is_listed() -> None:
    async with pair() as both:
        assert both.provider.name == NAME == "kie-gemini-omni"
        assert both.provider.capabilities is CAPABILITIES

    assert CAPABILITIES.id_lasts is None, "not for ever: unknown"
    assert len(CAPABILITIES.assumed) >= 5
