"""What an object store wants to know besides its address: the cloud's own variables of the environment."""

import os
import re
from collections.abc import Mapping

NAME = re.compile(r"(AWS|AZURE|GOOGLE)_[A-Z0-9_]+")
"""Read by the object store library (obstore: S3Config, GCSConfig, AzureConfig)."""
SECRET_NAME = re.compile(r"KEY|SECRET|TOKEN|CREDENTIAL|PASSWORD")
PATH_NAME = re.compile(r"_(FILE|PATH|URI)$|^GOOGLE_(APPLICATION_CREDENTIALS|SERVICE_ACCOUNT)$")
"""These name a place where a secret lies, which may be told."""


def export(from_file: Mapping[str, str]) -> None:
    """Puts the clouds' variables of a settings file into the environment, where they are looked for.

    What stands there already comes first, as with every other setting; what is empty is not set.
    """
    for name in [name for name, value in os.environ.items() if NAME.fullmatch(name) and not value]:
        del os.environ[name]
    for name, value in from_file.items():
        if NAME.fullmatch(name):
            os.environ.setdefault(name, value)


def secrets() -> tuple[str, ...]:
    """What of the clouds' variables must never be seen in a log."""
    return tuple(
        value
        for name, value in os.environ.items()
        if NAME.fullmatch(name) and SECRET_NAME.search(name) and not PATH_NAME.search(name) and value
    )
