"""An environment to load settings from, good to begin with, in which a test changes what it is about."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bot.settings import SECRETS, SettingFault, Settings, SettingsInvalid, load_settings

GUILD = 1200000000000000001
GOOD = {
    "DISCORD_TOKEN": "MTIwMDAwMDAwMDAwMDAwMDAwOQ.GtOkEn.abc-DEF_123",
    "KIE_API_KEY": "0123456789abcdef",
    "ALLOWED_GUILDS": str(GUILD),
}
FILE = f'DISCORD_TOKEN=file-token\nKIE_API_KEY="file-key"\n# a comment\nALLOWED_GUILDS={GUILD}\n'


class Environment:
    """The process's environment and a settings file, which does not exist until it is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self._monkeypatch = monkeypatch
        self._folder = tmp_path
        self.dotenv = tmp_path / "settings.env"
        self.clear()
        for name, value in GOOD.items():
            monkeypatch.setenv(name, value)

    def clear(self) -> None:
        """Takes every setting out of the process's environment."""
        names = [*map(str.upper, Settings.model_fields), *(f"{name}_FILE" for name in SECRETS)]
        for name in names:
            self._monkeypatch.delenv(name, raising=False)

    def write(self, text: str) -> None:
        """Writes the settings file."""
        self.dotenv.write_bytes(text.encode())

    def secret_file(self, content: bytes) -> str:
        """The path of a new file with a secret in it."""
        path = self._folder / "a-secret"
        path.write_bytes(content)
        return str(path)

    def load(self, **changes: str | None) -> Settings:
        """The settings, with some variables set or, with None, left out."""
        for name, value in changes.items():
            if value is None:
                self._monkeypatch.delenv(name, raising=False)
            else:
                self._monkeypatch.setenv(name, value)
        return load_settings(self.dotenv)

    def loader(self, **changes: str | None) -> Callable[[], Settings]:
        """`load`, to be called later."""
        return partial(self.load, **changes)


def faults_of(load: Callable[[], object]) -> tuple[SettingFault, ...]:
    """What is wrong with what `load` loads."""
    with pytest.raises(SettingsInvalid) as invalid:
        load()
    return invalid.value.faults


def fault_of(load: Callable[[], object], name: str) -> SettingFault:
    """The one fault, which has to be that of `name`."""
    (fault,) = faults_of(load)
    assert fault.name == name
    return fault
