"""The second model family: one picture and a description in, a character's id in the same answer.

The field names, the limits and the shape of a success are those that public clients met. How it refuses is
written down nowhere; here it refuses as `createTask` does, and a picture that cannot be fetched with 451,
which the pages of its picture models name for that.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from aiohttp import web

from sandbox.kie import answers
from sandbox.kie.account import Account
from sandbox.kie.clock import SandboxClock
from sandbox.kie.files import HEAD_BYTES, mime_type_of
from sandbox.kie.inputs import Refused, is_http_url, json_object, refuse_unknown, utf16_units
from sandbox.kie.ledger import Exchange, Ledger
from sandbox.kie.outbound import Outbound, Unreachable
from sandbox.kie.uploads import require_json

DESCRIPTIONS_LIMIT_UTF16_UNITS = 20_000
NAME_LIMIT_UTF16_UNITS = 210
IMAGE_LIMIT_BYTES = 20_000_000  # "20 MB", in the stricter reading
# Three sources say one picture, a newer one two; who sends one is right by all of them.
IMAGES_AT_MOST = 1

_FIELDS = frozenset({"descriptions", "image_urls", "character_name", "audio_ids"})
_IMAGE_TYPES = frozenset({"image/png", "image/jpeg"})


@dataclass(frozen=True, slots=True)
class OmniRequest:
    """A body that passed validation."""

    descriptions: str
    image_url: str
    name: str | None


@dataclass(frozen=True, slots=True)
class OmniCharacter:
    """A character that was made and charged, whatever the client was told.

    `character_id` is what was meant to be told: a test may order anything.
    """

    character_id: object
    request: OmniRequest
    image_sha256: str
    at: datetime
    charged_credits: Decimal


class OmniDesk:
    """The endpoint. `ids` are told for the next characters, whatever they are; then ids are made up."""

    def __init__(
        self,
        clock: SandboxClock,
        ledger: Ledger,
        account: Account,
        outbound: Outbound,
        new_id: Callable[[], str],
    ) -> None:
        self.ids: deque[object] = deque()
        self.characters: list[OmniCharacter] = []
        self.unknown_fields_refused = True
        self._clock = clock
        self._ledger = ledger
        self._account = account
        self._outbound = outbound
        self._new_id = new_id

    async def create(self, request: web.Request, exchange: Exchange) -> Mapping[str, Any]:
        """`omni/character/create`: rate, model, input, picture, then credits; then it is made at once."""
        self._account.check_key(request.headers.get("Authorization"))
        require_json(request)
        self._account.check_rate(self._account.submission_window, self._clock.now())
        body = json_object(exchange.body)
        self._account.check_omni_is_on()
        wanted = omni_request(body, unknown_fields_refused=self.unknown_fields_refused)
        image_sha256 = await self._look_at(wanted.image_url)
        made = OmniCharacter(
            character_id=self.ids.popleft() if self.ids else f"omni_{self._new_id()}",
            request=wanted,
            image_sha256=image_sha256,
            at=self._clock.now(),
            charged_credits=self._account.charge(self._account.omni_cost),
        )
        self.characters.append(made)
        self._ledger.note()
        return answers.omni_character(made.character_id, wanted.name, wanted.image_url)

    def doubled(self) -> list[list[OmniCharacter]]:
        """Groups of two or more characters of the same words and picture: paid twice."""
        groups: dict[tuple[str, str], list[OmniCharacter]] = {}
        for one in self.characters:
            groups.setdefault((one.request.descriptions, one.image_sha256), []).append(one)
        return [group for group in groups.values() if len(group) > 1]

    async def _look_at(self, url: str) -> str:
        """The SHA-256 of a picture.

        Raises:
            Refused: 451 where it cannot be fetched, 422 where it is too big or no picture.
        """
        sha256 = hashlib.sha256()
        head = bytearray()
        size_bytes = 0

        def take(piece: bytes) -> None:
            nonlocal size_bytes
            size_bytes += len(piece)
            sha256.update(piece)
            head.extend(piece[: HEAD_BYTES - len(head)])

        try:
            await self._outbound.fetch(url, take)
        except Unreachable:
            raise Refused(451, "Failed to fetch the image. Verify any access limits set by you") from None
        if size_bytes > IMAGE_LIMIT_BYTES:
            raise Refused(422, "image_urls: the file cannot exceed 20 MB")
        if mime_type_of(bytes(head), "") not in _IMAGE_TYPES:
            raise Refused(422, "image_urls: the file type is not supported")
        return sha256.hexdigest()


def omni_request(body: Mapping[str, Any], *, unknown_fields_refused: bool) -> OmniRequest:
    """Judge a body; its fields stand at the top level.

    Raises:
        Refused: a missing field as code 500 (validation in disguise, as `createTask`), the rest as 422.
    """
    if not body:
        raise Refused(500, "This field is required")
    if unknown_fields_refused:
        refuse_unknown(body, _FIELDS)
    _judge_audio(body.get("audio_ids"))
    return OmniRequest(
        descriptions=_descriptions(body.get("descriptions")),
        image_url=_image_url(body.get("image_urls")),
        name=_name(body.get("character_name")),
    )


def _descriptions(value: object) -> str:
    if value in (None, ""):
        raise Refused(500, "This field is required")
    if not isinstance(value, str):
        raise Refused(422, "descriptions must be a string")
    if utf16_units(value) > DESCRIPTIONS_LIMIT_UTF16_UNITS:
        raise Refused(422, f"descriptions cannot exceed {DESCRIPTIONS_LIMIT_UTF16_UNITS} characters")
    return value


def _image_url(value: object) -> str:
    if value in (None, []):
        raise Refused(500, "This field is required")
    if not isinstance(value, list):
        raise Refused(422, "image_urls must be an array")
    if len(value) > IMAGES_AT_MOST:
        raise Refused(422, f"image_urls cannot contain more than {IMAGES_AT_MOST} item")
    if not is_http_url(value[0]):
        raise Refused(422, "image_urls must contain a valid http or https URL")
    return str(value[0])


def _name(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refused(422, "character_name must be a string")
    if utf16_units(value) > NAME_LIMIT_UTF16_UNITS:
        raise Refused(422, f"character_name cannot exceed {NAME_LIMIT_UTF16_UNITS} characters")
    return value


def _judge_audio(value: object) -> None:
    is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if value is not None and not is_list:
        raise Refused(422, "audio_ids must be an array of strings")
