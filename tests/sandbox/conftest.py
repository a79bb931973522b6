"""Run the real sandbox in a process of its own, on a free port of this machine, for the tests to speak to."""

import datetime as dt
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.sandbox.caller import KEY, Caller

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def sandbox_address() -> Iterator[str]:
    """Start the sandbox; its port is opened here first, so that a request can wait for it without any polling."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        environment = {name: text for name, text in os.environ.items() if not name.startswith("SANDBOX_")}
        command = [sys.executable, "-m", "gunicorn", "sandbox.wsgi", "--workers", "1", "--threads", "16"]
        command += ["--bind", f"fd://{listener.fileno()}", "--no-control-socket", "--log-level", "warning"]
        server = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment | {"SANDBOX_CONTROL": "1", "SANDBOX_API_KEY": KEY, "SANDBOX_STATEMENT_SECONDS": "0.01"},
            pass_fds=[listener.fileno()],
        )
    address = f"http://127.0.0.1:{port}"
    try:
        requests.get(f"{address}/healthz", timeout=60).raise_for_status()
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def caller(sandbox_address: str) -> Iterator[Caller]:
    """Return a client of a sandbox that has just been reset; its clock says noon, so that no test meets midnight."""
    with Caller(sandbox_address) as caller:
        now = dt.datetime.fromisoformat(caller.control("POST", "reset")["now"])
        caller.advance((now.replace(hour=12, minute=0, second=0) - now).total_seconds())
        yield caller
        caller.control("DELETE", "faults")
