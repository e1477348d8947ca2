"""What a submission and an upload say, field by field."""

from bot.clip import ClipKind
from bot.ports import Submission
from bot.providers.kie.gemini_omni import TEXT_UNITS
from bot.providers.kie.wire.requests import (
    AS_SHOWN,
    CONTENT_TYPES,
    character_task,
    omni_character,
    upload_fields,
)

URL = "https://files.example/clip.mp4"


def test_a_full_submission_names_every_documented_field() -> None:
    submission = Submission(URL, "clay robot", "for children", "https://bot.example/kie/cb/1")

    assert character_task("sora-2-characters", submission) == {
        "model": "sora-2-characters",
        "callBackUrl": "https://bot.example/kie/cb/1",
        "input": {
            "character_file_url": [URL],
            "character_prompt": "clay robot",
            "safety_instruction": "for children",
        },
    }


def test_empty_texts_and_a_missing_callback_are_left_out() -> None:
    assert character_task("sora-2-characters", Submission(URL, "", "")) == {
        "model": "sora-2-characters",
        "input": {"character_file_url": [URL]},
    }


def test_an_upload_without_a_name_sends_none() -> None:
    assert upload_fields("dramatis", None) == {"uploadPath": "dramatis"}
    assert upload_fields("dramatis", "") == {"uploadPath": "dramatis"}


def test_an_upload_path_has_no_slash_at_its_ends() -> None:
    assert upload_fields("/dramatis/clips/", "a.mp4") == {"uploadPath": "dramatis/clips", "fileName": "a.mp4"}


def test_every_kind_of_clip_has_its_content_type() -> None:
    assert {str(kind): CONTENT_TYPES[kind] for kind in ClipKind} == {
        "mp4": "video/mp4",
        "webm": "video/webm",
        "avi": "video/avi",
    }


def test_a_character_of_a_picture_is_asked_for_with_one_picture_and_both_texts_in_one() -> None:
    order = Submission(URL, "clay robot", "for children", "https://bot.example/cb/1", "Fen")

    assert omni_character(order) == {
        "descriptions": "clay robot\n\nSafety:\nfor children",
        "image_urls": [URL],
        "character_name": "Fen",
    }


def test_a_character_without_words_is_described_as_the_picture_shows_it() -> None:
    body = omni_character(Submission(URL, "", ""))

    assert body == {"descriptions": AS_SHOWN, "image_urls": [URL]}
    assert omni_character(Submission(URL, "", "calm"))["descriptions"] == f"{AS_SHOWN}\n\nSafety:\ncalm"


def test_the_longest_texts_fit_into_a_description() -> None:
    described = omni_character(Submission(URL, "𝔞" * 2500, "𝔟" * 2500))["descriptions"]

    assert isinstance(described, str)
    assert len(described.encode("utf-16-le")) // 2 <= TEXT_UNITS
