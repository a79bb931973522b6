"""Whether a bank whose import's start went unanswered has appeared in the aggregate."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from onboarding.kontomatik.parser import read_aggregate
from onboarding.kontomatik.records import Account, Owner, Target, Transaction
from onboarding.models import Source

from . import recognition, vendor


@dataclass(frozen=True, slots=True)
class Appeared:
    """A bank that is in the aggregate and belongs to no other source."""

    target: str
    official_name: str
    accounts: frozenset[str]
    account_count: int


def look_for(source: Source, *, renew: Callable[[int], None]) -> Appeared | None:
    """Read the aggregate of the source's owner and return its bank if it is there.

    Several sources may name the same bank, each import giving one more ``target`` element: it counts as this source's
    when there are more elements of its name than imported sources.
    """
    listed = _listed_targets(source, renew)
    others = Source.objects.filter(onboarding_id=source.onboarding_id).imported()
    spoken_for = Counter(others.exclude(pk=source.pk).values_list("bank__target", flat=True))
    wanted = source.bank.target
    for target, accounts in listed:
        name = target.name or ""
        if spoken_for[name] > 0:
            spoken_for[name] -= 1
        elif not wanted or name == wanted:
            return Appeared(name, target.official_name or "", recognition.fingerprints(accounts), len(accounts))
    return None


def _listed_targets(source: Source, renew: Callable[[int], None]) -> list[tuple[Target, list[Account]]]:
    owner = source.onboarding.owner_external_id
    listed: list[tuple[Target, list[Account]]] = []
    rows = 0
    ours = True
    with vendor.client().aggregate(owner_external_id=owner, on_progress=renew) as stream:
        for record in read_aggregate(stream):
            match record:
                case Transaction():
                    rows += 1
                    if rows % 1000 == 0:
                        renew(rows)
                case Owner():
                    ours = record.external_id in (None, owner)
                case Target() if ours:
                    listed.append((record, []))
                case Account() if listed and ours:
                    listed[-1][1].append(record)
                case _:
                    pass
    return listed
