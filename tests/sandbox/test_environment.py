"""What an operator sets is read strictly, and the sandbox keeps to itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.environment import WrongEnvironment, read

PROJECT = Path(__file__).resolve().parents[2]
ONLY_ITS_OWN = """
import sys
from sandbox.wsgi import application
from django.urls import get_resolver
assert get_resolver().url_patterns
foreign = {name.partition(".")[0] for name in sys.modules} & {"onboarding", "wizard_site", "celery"}
sys.exit(", ".join(foreign) or 0)
"""
CONTROL_ADDRESS = """
from django.test import Client
from sandbox.wsgi import application
print(Client(SERVER_NAME="localhost").get("/_control/state", headers={"X-Api-Key": "sandbox-key"}).status_code)
"""


def run(program: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SANDBOX_")}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=environment | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_has_to_be_set() -> None:
    environment = read({})
    assert environment.api_key == "sandbox-key"
    assert environment.max_commands == 8
    assert environment.import_seconds == (2, 6)
    assert not environment.control


def test_one_number_of_seconds_is_a_range_too() -> None:
    assert read({"SANDBOX_IMPORT_SECONDS": "3"}).import_seconds == (3, 3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SANDBOX_API_KEY", ""),
        ("SANDBOX_SIGNIN_BASE", "bank.localhost:8001"),
        ("SANDBOX_SPEED", "0"),
        ("SANDBOX_SPEED", "fast"),
        ("SANDBOX_SPEED", "nan"),
        ("SANDBOX_IMPORT_SECONDS", "6-2"),
        ("SANDBOX_IMPORT_SECONDS", "-2"),
        ("SANDBOX_DOWN_SECONDS", "-1"),
        ("SANDBOX_SESSION_SECONDS", "0"),
        ("SANDBOX_STATEMENT_SECONDS", "0"),
        ("SANDBOX_STATEMENT_SECONDS", "3-1"),
        ("SANDBOX_CLIENT_ID", ""),
        ("SANDBOX_WIDGET_DOUBLE", "twice"),
        ("SANDBOX_MAX_COMMANDS", "0"),
        ("SANDBOX_MAX_COMMANDS", "eight"),
        ("SANDBOX_CONTROL", "yes"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, text: str) -> None:
    with pytest.raises(WrongEnvironment, match=name):
        read({name: text})


def test_the_sandbox_starts_without_the_wizard() -> None:
    finished = run(ONLY_ITS_OWN)
    assert finished.returncode == 0, finished.stderr


def test_the_control_surface_is_not_there_unless_switched_on() -> None:
    assert run(CONTROL_ADDRESS, SANDBOX_CONTROL="0").stdout.strip() == "404"
    assert run(CONTROL_ADDRESS, SANDBOX_CONTROL="1").stdout.strip() == "200"
