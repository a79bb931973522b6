"""A broker that is away holds no page up and costs no work: the row is written, the sweep comes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
RUN = "import django; django.setup(); from tests.views.without_broker import main; main()"
A_HANG_SECONDS = 3
"""More than a page may take, so that only one that hangs is a failure."""


def finish_twice(broker: str, folder: Path) -> tuple[list[dict[str, object]], str]:
    """Finish two onboardings with this broker; return what came of each, and the log."""
    environment = os.environ | {
        "CELERY_BROKER_URL": broker,
        "DATABASE_URL": f"sqlite:///{folder}/wizard.sqlite3",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    run = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(run.stdout), run.stderr


@pytest.mark.parametrize("kind", ["closed_port", "silent_port"])
def test_a_page_answers_and_the_work_is_kept(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    port = request.getfixturevalue(kind)
    answers, log = finish_twice(f"redis://127.0.0.1:{port}/0", tmp_path)
    assert [answer["status"] for answer in answers] == [302, 302]
    assert [answer["due"] for answer in answers] == [1, 1]
    assert all(answer["seconds"] < A_HANG_SECONDS for answer in answers), answers  # type: ignore[operator]
    assert "the sweep will find their rows" in log
    assert "Traceback" not in log
