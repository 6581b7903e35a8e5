"""Rotation as an administrator sets it up: by logrotate where it is installed, else by ourselves.

`orders` and `billing` are renamed (app.log → app.log.1 → app.log.2 …), `audit` is copied and cut.
Nothing is compressed and nothing is deleted: what the daemon has not read, the files still hold.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench.chaos.scene import APPLICATIONS, AUDIT, Scene

_RULES = """
"{orders}/*.log" "{billing}/*.log" {{
    rotate 10000
    nodateext
    nocompress
    missingok
    create
}}
"{audit}/*.log" {{
    rotate 10000
    nodateext
    nocompress
    missingok
    copytruncate
}}
"""


class Rotation:
    """Rotates all logs when told to.

    Attributes:
        count: how often it has.
        means: who does it.
    """

    def __init__(self, scene: Scene) -> None:
        self.count = 0
        self._scene = scene
        self._program = shutil.which("logrotate", path=f"{os.defpath}:/usr/sbin:/sbin")
        self.means = "logrotate" if self._program else "rename in Python: there is no logrotate"
        self._rules = scene.root / "logrotate.conf"
        folders = {name: scene.folder(name) for name in ("orders", "billing", "audit")}
        self._rules.write_text(_RULES.format(**folders))
        self._rules.chmod(0o600)  # it refuses rules that others could have written

    def rotate(self) -> None:
        """Rotate every log once."""
        self.count += 1
        if self._program:
            state = self._scene.root / "logrotate.state"
            subprocess.run(
                [self._program, "--force", "--state", state, self._rules],
                check=True,
                timeout=60,
                stdin=subprocess.DEVNULL,
            )
            return
        for application in APPLICATIONS:
            _rotate(self._scene.log(application), application.source == AUDIT)


def _rotate(log: Path, copied: bool) -> None:
    numbered = [file for file in log.parent.glob(f"{log.name}.*") if file.suffix[1:].isdigit()]
    for file in sorted(numbered, key=lambda file: -int(file.suffix[1:])):
        file.rename(f"{log}.{int(file.suffix[1:]) + 1}")
    if copied:
        shutil.copyfile(log, f"{log}.1")
        os.truncate(log, 0)
    else:
        log.rename(f"{log}.1")
        log.touch()
