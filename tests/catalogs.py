"""Catalogs: the vendor's replies, put on the HTTP edge, and copies that are kept already."""

from typing import Any
from xml.sax.saxutils import quoteattr

import responses
from responses import matchers

from onboarding import bank_list
from onboarding.models import CatalogBank, CatalogCopy, CatalogKind
from tests import rows, vendor_says

BANKS_PATH = vendor_says.BASE + "/v1/catalog.xml"
STATEMENTS_PATH = vendor_says.BASE + "/v1/parser-catalog.xml"


def target_xml(name: str, *kinds: str, **attributes: str) -> str:
    """One bank of a catalog; attributes by the vendor's names."""
    known = {"name": name, "country": "pl", "institution": name, "officialName": f"{name} SA", **attributes}
    types = "".join(f"<accountType>{kind}</accountType>" for kind in kinds)
    inner = f"<supportedAccountTypes>{types}</supportedAccountTypes>"
    return f"<target {' '.join(f'{key}={quoteattr(value)}' for key, value in known.items())}>{inner}</target>"


def asked(vendor: responses.RequestsMock, path: str, country: str, *targets: str, **reply: Any) -> Any:
    """Expect to be asked for a country's catalog and answer with these banks, or with ``reply``."""
    if not reply:
        reply = {"body": f'<reply status="200 OK"><targets>{"".join(targets)}</targets></reply>'}
    sent = matchers.query_param_matcher({"country": country})
    return vendor.get(path, match=[vendor_says.KEY, sent], **reply)


def bank(name: str, country: str = "pl", **columns: Any) -> CatalogBank:
    """Keep one bank in the copy of a country's catalog, fetched well some time ago."""
    copy = {"fetched_at": rows.ago(hours=1), "due_at": rows.ago(hours=-23)}
    CatalogCopy.objects.get_or_create(kind=CatalogKind.BANKS, country=country, defaults=copy)
    values = {"institution": name.removesuffix("Api"), "official_name": f"{name.removesuffix('Api')} SA", **columns}
    found = f"{values['official_name']} {values.get('login_name', '')}"
    return CatalogBank.objects.create(
        kind=CatalogKind.BANKS, country=country, name=name, search_text=bank_list.fold(found), **values
    )
