"""The forms for a new character: their ids, their sizes, and what they bring back."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Attachment, Subject
from bot.orders.prose import utf16_units
from cogs import forms
from cogs.failures import MalformedPayload
from cogs.forms import DrawnForm, FormId
from cogs.texts import forms as texts
from sandbox.discord.modal_rules import check_modal

PICK_ID = "01K00000000000000000000007"
CLIP: dict[str, Any] = {
    "id": "111111111111111111111",
    "filename": "fox.mp4",
    "size": 41_230,
    "url": "https://cdn.discordapp.com/ephemeral-attachments/1/2/fox.mp4?ex=1",
    "proxy_url": "https://media.discordapp.net/ephemeral-attachments/1/2/fox.mp4?ex=1",
}
SENT: dict[str, Any] = {
    "custom_id": "c1m:new:0:0a1b2c3d",
    "components": [
        {"type": 10, "id": 9},
        {
            "type": 18,
            "id": 1,
            "component": {"type": 19, "id": 2, "custom_id": "clip", "values": [CLIP["id"]]},
        },
        {"type": 18, "id": 3, "component": {"type": 4, "id": 4, "custom_id": "prompt", "value": "a\n\n b"}},
        {"type": 18, "id": 5, "component": {"type": 21, "id": 6, "custom_id": "subject", "value": "me"}},
        {"type": 1, "id": 7, "components": [{"type": 4, "id": 8, "custom_id": "safety", "value": ""}]},
        {"type": 18, "id": 9, "component": {"type": 21, "id": 10, "custom_id": "nothing", "value": None}},
    ],
    "resolved": {"attachments": {CLIP["id"]: CLIP}},
}
"""As in Discord's reference, Component Reference, the interaction response structures."""


def fields(form: DrawnForm) -> dict[str, dict[str, Any]]:
    return {label["component"]["custom_id"]: label["component"] for label in form.to_dict()["components"]}


def both() -> list[DrawnForm]:
    return [forms.new_form(), forms.picked_form(PICK_ID, "fox.mp4")]


def test_an_id_is_written_and_read_alike() -> None:
    assert FormId("new", "0", "0a1b2c3d").custom_id == "c1m:new:0:0a1b2c3d"
    for form_id in (FormId.fresh("new"), FormId.fresh("picked", PICK_ID)):
        assert FormId.parse(form_id.custom_id) == form_id
        assert len(form_id.custom_id) <= 100


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "c1m:new:0",
        "c1m:new:0:0a1b2c3",
        "c1m:new:0:0a1b2c3d:1",
        "c1m:new:1:0a1b2c3d",
        "c2m:new:0:0a1b2c3d",
        "c1:new:0:0a1b2c3d",
        "c1m:new:0:0a1b2c3d\n",
        "x" * 100,
    ],
)
def test_other_ids_are_not_read(custom_id: str) -> None:
    assert FormId.parse(custom_id) is None


def test_no_two_forms_have_one_id() -> None:
    ids = {form.custom_id for _ in range(100) for form in both()}

    assert len(ids) == 200


def test_the_forms_are_as_discord_takes_them() -> None:
    for form in both():
        check_modal(form.to_dict())
        assert len(form.children) <= 5


def test_every_text_of_a_form_fits_however_it_is_counted() -> None:
    for form in both():
        drawn = form.to_dict()
        assert 0 < utf16_units(drawn["title"]) <= 45
        for label in drawn["components"]:
            assert 0 < utf16_units(label["label"]) <= 45
            assert 0 < utf16_units(label["description"]) <= 100


def test_the_new_form_asks_for_one_clip_and_everything_about_it() -> None:
    found = fields(forms.new_form())

    assert list(found) == ["clip", "prompt", "subject", "safety", "name"]
    assert [field["required"] for field in found.values()] == [True, False, True, False, False]
    assert (found["clip"]["min_values"], found["clip"]["max_values"]) == (1, 1)
    assert "file_types" not in found["clip"], "it would hide AVI, which the provider takes"
    assert [option["value"] for option in found["subject"]["options"]] == [one.value for one in Subject]
    assert not any(option.get("default") for option in found["subject"]["options"])
    assert (found["prompt"]["style"], found["prompt"]["max_length"]) == (2, 4000)
    assert (found["safety"]["style"], found["safety"]["max_length"]) == (2, 4000)
    assert not found["safety"].get("value")
    assert (found["name"]["style"], found["name"]["max_length"]) == (1, 40)


def test_words_that_are_there_already_stand_in_the_form_as_far_as_there_is_room() -> None:
    filled = forms.Filled({"prompt": "a fox " * 800, "name": "Fen"}, {})

    found = fields(forms.new_form("", filled))

    assert found["name"]["value"] == "Fen"
    assert found["prompt"]["value"].startswith("a fox a fox")
    assert utf16_units(found["prompt"]["value"]) == 4000
    assert not found["safety"].get("value")


def test_a_form_about_a_picked_clip_says_which_and_asks_for_none() -> None:
    form = forms.picked_form(PICK_ID, "fox.mp4")

    assert form.title == "Character from fox.mp4"
    assert list(fields(form)) == ["prompt", "subject", "safety", "name"]
    form_id = FormId.parse(form.custom_id)
    assert form_id is not None
    assert (form_id.form, form_id.ref) == (forms.PICKED, PICK_ID)


def test_a_form_says_that_discord_takes_less_there_than_in_the_command() -> None:
    (note,) = (
        one["description"] for one in forms.new_form().to_dict()["components"] if "Look" in one["description"]
    )

    assert "4,000" in note
    assert "5,000" in note


@given(st.text(max_size=300))
def test_whatever_a_file_is_called_the_title_fits(filename: str) -> None:
    title = texts.title_from(filename)

    assert 0 < utf16_units(title) <= 45
    assert title.startswith("Character from ")
    assert title != "Character from "
    assert "\n" not in title


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("x" * 29, "Character from " + "x" * 29),
        ("x" * 30, "Character from " + "x" * 30),
        ("x" * 31, "Character from " + "x" * 29 + "…"),
        ("\N{FOX FACE}" * 16, "Character from " + "\N{FOX FACE}" * 14 + "…"),
        ("\u202egnp.mp4", "Character from gnp.mp4"),
        ("\u200b", "Character from your clip"),
    ],
)
def test_a_title_is_cut_only_where_it_has_to_be(filename: str, title: str) -> None:
    assert texts.title_from(filename) == title


async def test_discord_py_keeps_no_form_in_memory() -> None:
    assert all(form.is_finished() for form in both())


def test_what_comes_back_is_read_by_field() -> None:
    filled = forms.read(SENT)

    assert filled.values == {"prompt": "a\n\n b", "subject": "me", "safety": ""}
    assert filled.files == {"clip": (Attachment(CLIP["url"], "fox.mp4", 41_230),)}
    assert (filled.words.prompt, filled.words.safety) == ("a\n\n b", "")
    assert "a\n\n b" not in repr(filled)


def test_a_form_without_files_brings_none() -> None:
    filled = forms.read({"custom_id": "c1m:x:0:0", "components": SENT["components"][2:4]})

    assert filled.files == {}
    assert filled.values["subject"] == "me"


def sent_with(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(SENT) | changes


@pytest.mark.parametrize(
    "payload",
    [
        {},
        sent_with(components=None),
        sent_with(components=[{}]),
        sent_with(components=["x"]),
        sent_with(components=[{"type": 18}]),
        sent_with(components=[{"type": 18, "component": {"type": 4, "value": "no id"}}]),
        sent_with(resolved={}),
        sent_with(resolved={"attachments": {}}),
        *(
            sent_with(resolved={"attachments": {CLIP["id"]: CLIP | {name: None}}})
            for name in ("url", "filename", "size", "id")
        ),
        sent_with(resolved={"attachments": {CLIP["id"]: CLIP | {"size": "12"}}}),
    ],
)
def test_what_discord_does_not_document_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(MalformedPayload):
        forms.read(payload)
