"""``manage.py`` where nothing is configured: the installation on this machine, never half of a production."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.browser.stack import ROOT

REPLY = """<reply status="200 OK"><owner externalId="o-1"><target name="B" officialName="Bank"><owners/><accounts>
<account><name>A</name><currencyBalance>1.00</currencyBalance><currencyName>PLN</currencyName></account>
</accounts></target></owner></reply>"""


def manage(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_saved_reply_is_summarised_without_any_settings(tmp_path: Path) -> None:
    saved = tmp_path / "reply.xml"
    saved.write_text(REPLY)
    done = manage("summarise", str(saved), RUN_FOLDER=str(tmp_path))
    assert json.loads(done.stdout)["totals"] == [{"currency": "PLN", "balance": "1.00", "in": "0.00", "out": "0.00"}]


def test_which_installation_it_is_is_said(tmp_path: Path) -> None:
    done = manage("check", RUN_FOLDER=str(tmp_path))
    assert f"this is the local installation in {tmp_path}" in done.stderr


def test_one_variable_of_a_production_asks_for_the_others(tmp_path: Path) -> None:
    done = manage("check", RUN_FOLDER=str(tmp_path), SITE_URL="https://connect.example.com")
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr
