"""A multipart form around a clip that is never whole in memory, with its length known beforehand."""

from collections.abc import Mapping

from aiohttp import MultipartWriter

from bot.providers.kie.clip_body import ClipStream, Sized

NAMELESS = "clip"
"""A part without a file name counts as a plain field; this one is not used by the provider."""


def clip_form(
    fields: Mapping[str, str], file_name: str | None, content_type: str, clip: ClipStream
) -> MultipartWriter:
    """The request body; the fields stand before the file, for receivers that read in one pass.

    The closing boundary follows the end of the stream, so a stream that fails never makes a whole upload.
    """
    form = MultipartWriter("form-data")
    for name, value in fields.items():
        form.append(value).set_content_disposition("form-data", name=name)
    part = Sized(clip.read(), clip.size_bytes, content_type)
    form.append_payload(part).set_content_disposition(
        "form-data", name="file", filename=file_name or NAMELESS
    )
    return form
