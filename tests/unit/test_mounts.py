"""On what kind of file system a path lies."""

from pathlib import Path

import pytest

from storage import mounts
from storage.errors import DatabaseUnusable
from storage.mounts import kind_of, refuse_network_mount

MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/shared rw master:2 propagate_from:3 - nfs4 server:/srv rw
31 22 0:41 / /srv/two\040words rw - cifs //server/share rw
32 22 8:2 / /srv/shared/local rw - xfs /dev/sdb1 rw
33 22 0:42 / /srv/local rw - nfs server:/x rw
34 33 8:3 / /srv/local rw - ext4 /dev/sdc1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data/dramatis.db", "ext4"),
        ("/srv/shared/dramatis.db", "nfs4"),
        ("/srv/sharedly/dramatis.db", "ext4"),
        ("/srv/two words/a/b.db", "cifs"),
        ("/srv/shared/local/dramatis.db", "xfs"),
        ("/srv/local/dramatis.db", "ext4"),
    ],
)
def test_the_deepest_and_last_mount_counts(path: str, kind: str) -> None:
    assert kind_of(Path(path), MOUNTS) == kind


def test_where_nothing_is_told_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mounts, "MOUNTS", tmp_path / "no such file")

    refuse_network_mount(tmp_path / "dramatis.db")


def test_a_file_that_is_not_there_yet_lies_where_its_folder_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (told := tmp_path / "mounts").write_text(f"1 0 0:1 / {tmp_path} rw - fuse.sshfs host: rw\n", "utf-8")
    monkeypatch.setattr(mounts, "MOUNTS", told)

    with pytest.raises(DatabaseUnusable, match=r"fuse\.sshfs"):
        refuse_network_mount(tmp_path / "new" / "dramatis.db")
