"""The sandbox's replies have the shape of the recorded ones: elements, attributes and their order."""

import xml.etree.ElementTree as ET
from pathlib import Path

from tests.sandbox.caller import Caller, owner_id, root

Shape = dict[str, tuple[set[tuple[str, ...]], set[str], set[tuple[str, str]]]]


def shape(element: ET.Element, path: str = "", known: Shape | None = None) -> Shape:
    """For every path: the attribute lists in order, the child names, and which child comes before which."""
    known = {} if known is None else known
    path = f"{path}/{element.tag}"
    attributes, children, order = known.setdefault(path, (set(), set(), set()))
    attributes.add(tuple(element.attrib))
    tags = [child.tag for child in element]
    children.update(tags)
    order.update((tag, later) for place, tag in enumerate(tags) for later in tags[place + 1 :])
    for child in element:
        shape(child, path, known)
    return known


def recorded_root(recorded: Path, name: str) -> ET.Element:
    return ET.fromstring((recorded / name).read_bytes())  # noqa: S314


def assert_same_shape(ours: ET.Element, recording: ET.Element) -> None:
    mine, theirs = shape(ours), shape(recording)
    assert mine.keys() == theirs.keys()
    for path, (attributes, children, order) in mine.items():
        assert attributes == theirs[path][0], path
        assert children == theirs[path][1], path
        assert order <= theirs[path][2], path


def test_a_started_import_answers_as_recorded(caller: Caller, recorded: Path) -> None:
    response = caller.start(caller.mock_session(owner_id()))
    assert response.status_code == 202
    assert_same_shape(root(response), recorded_root(recorded, "default-import.202.xml"))


def test_a_successful_command_answers_as_recorded(caller: Caller, recorded: Path) -> None:
    command_id = caller.imported(owner_id(), "test1", target="KontoBank")
    ours = root(caller.command(command_id))
    assert_same_shape(ours, recorded_root(recorded, "command.successful.200.xml"))


def test_an_import_in_a_session_that_is_over_is_refused_as_recorded(caller: Caller, recorded: Path) -> None:
    fields = caller.mock_session(owner_id())
    caller.advance(86_400)
    response = caller.start(fields)
    assert response.status_code == 404
    assert_same_shape(root(response), recorded_root(recorded, "session-expired.404.xml"))


def test_a_refusal_within_a_known_session_answers_as_recorded(caller: Caller, recorded: Path) -> None:
    fields = caller.mock_session(owner_id())
    caller.start(fields)
    response = caller.start(fields)
    assert response.status_code == 400
    assert_same_shape(root(response), recorded_root(recorded, "command-not-available.400.xml"))


def test_an_unknown_key_is_refused_as_recorded(caller: Caller, recorded: Path) -> None:
    response = caller.call("GET", "/v1/catalog.xml", headers={"X-Api-Key": "somebody-elses-key"})
    assert response.status_code == 401
    assert_same_shape(root(response), recorded_root(recorded, "unauthorized.401.xml"))


def test_an_account_of_the_aggregate_has_the_shape_of_a_recorded_account(caller: Caller, recorded: Path) -> None:
    owner = owner_id()
    caller.imported(owner, "test1", target="KontoBank")
    ours = root(caller.aggregate(owner)).find("owner/target/accounts/account")
    theirs = recorded_root(recorded, "command.successful.200.xml").find("command/result/accounts/account")
    assert ours is not None
    assert theirs is not None
    assert_same_shape(ours, theirs)


def test_the_progress_of_a_success_still_says_nothing_as_recorded(caller: Caller, recorded: Path) -> None:
    command_id = caller.imported(owner_id())
    ours = root(caller.command(command_id)).findtext("command/progress/value")
    assert ours == recorded_root(recorded, "command.successful.200.xml").findtext("command/progress/value")
