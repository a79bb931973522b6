"""A reply as long as any that is taken: its length does not decide about memory."""

import json
import subprocess

from tests import memory
from tests.browser.stack import ROOT
from tests.kontomatik.read_long_reply import ROWS


def test_memory_stays_flat_while_an_aggregate_of_200_megabytes_is_read() -> None:
    child = subprocess.run(
        memory.command("tests.kontomatik.read_long_reply"), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )

    told = json.loads(child.stdout)
    assert told["bytes"] >= 200 * memory.MEBIBYTE
    assert told["transactions"] == ROWS
    assert told["growth"] < 50 * memory.MEBIBYTE < told["control"]
