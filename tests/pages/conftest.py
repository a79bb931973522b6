"""What every page is looked at with."""

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _list_of_banks(settings: Settings) -> None:
    """Let our own list of banks be on, so that it has a page."""
    settings.BANK_LIST = True
