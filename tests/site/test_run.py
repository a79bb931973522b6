"""``make run``'s command: one address, nothing left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from tests.browser.stack import ROOT, free_port
from wizard_site.run import parts


def start(folder: Path) -> "subprocess.Popen[str]":
    """Start everything with an empty environment, as on a machine with nothing but Python."""
    environment = {
        "PATH": os.environ["PATH"],
        "RUN_FOLDER": str(folder),
        "PORT": str(free_port()),
        "SANDBOX_PORT": str(free_port()),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "wizard_site.run"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )


def address_of(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    return next(line.split()[1] for line in child.stdout if "Open" in line)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_process(tmp_path: Path, ending: signal.Signals) -> None:
    child = start(tmp_path)
    site = address_of(child)
    family = psutil.Process(child.pid).children(recursive=True)
    assert len(family) >= 4
    assert requests.get(site, timeout=10).status_code == 200
    child.send_signal(ending)
    child.communicate(timeout=60)
    assert child.returncode == 0
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_it_runs_again_on_what_it_left_behind(tmp_path: Path) -> None:
    for _ in range(2):
        child = start(tmp_path)
        assert requests.get(f"{address_of(child)}readyz", timeout=10).json()["migrated"] is True
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
        assert child.returncode == 0


def test_a_process_that_dies_stops_the_whole_and_is_told(tmp_path: Path) -> None:
    child = start(tmp_path)
    address_of(child)
    family = psutil.Process(child.pid).children(recursive=True)
    beat = next(one for one in family if "beat" in one.cmdline())
    beat.kill()
    printed, _ = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "One of the processes ended" in printed
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_a_port_in_use_is_passed_over(tmp_path: Path) -> None:
    first = start(tmp_path / "first")
    site = address_of(first)
    environment = {"PATH": os.environ["PATH"], "RUN_FOLDER": str(tmp_path / "second"), "PORT": site.split(":")[2][:-1]}
    second = subprocess.Popen(
        [sys.executable, "-m", "wizard_site.run"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert address_of(second) != site
    for child in (first, second):
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)


def test_the_bank_is_never_renewed_since_it_remembers_people_in_memory() -> None:
    bank = next(part for part in parts(8000, 8001) if part.name == "sandbox")
    assert bank.command[bank.command.index("--max-requests") + 1] == "0"
