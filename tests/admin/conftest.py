"""The five who may come to staff's pages."""

import pytest
from django.test import Client

from tests.admin import staff


@pytest.fixture
def superuser(db: None) -> Client:
    return staff.account(name="root", superuser=True)


@pytest.fixture
def viewer(db: None) -> Client:
    """Staff who may look at everything and do nothing."""
    return staff.account(*staff.VIEW, name="viewer")


@pytest.fixture
def helper(db: None) -> Client:
    """Staff who may look and do both verbs, without being a superuser."""
    return staff.account(*staff.VIEW, "retry_onboarding", "erase_onboarding", name="helper")


@pytest.fixture
def newcomer(db: None) -> Client:
    """Staff without any permission."""
    return staff.account(name="newcomer")


@pytest.fixture
def customer(db: None) -> Client:
    """Somebody who is signed in and no staff, whatever permissions they were given."""
    return staff.account(*staff.VIEW, "retry_onboarding", "erase_onboarding", name="customer", staff=False)


@pytest.fixture
def everything(db: None) -> staff.Everything:
    return staff.everything()
