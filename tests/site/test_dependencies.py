"""What is installed is what the locks name, by hash; what is copied into the image is the product alone."""

import re

import pytest

from tests.browser.stack import ROOT

KINDS = ("requirements", "requirements-dev", "requirements-audit")
DIRECT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==(\S+)$", re.MULTILINE)
LOCKED = re.compile(
    r"^([a-z0-9.-]+)(?:\[[^\]]+\])?==([^\s;\\]+)(?: ; [^\\]+)? \\\n((?: {4}--hash=\S+(?: \\)?\n)+)", re.MULTILINE
)
KEPT_OUT = {".git", ".venv", ".env", ".env.*", "var", "tests", "docs", "bench", "**/*.sqlite3", "**/*.pem", "**/*.key"}


def plain(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(kind: str) -> dict[str, str]:
    """Return the pins of a list, with those of the list that it includes."""
    text = (ROOT / f"{kind}.txt").read_text()
    found = {plain(name): version for name, version in DIRECT.findall(text)}
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    includes = [line.removeprefix("-r ").removesuffix(".txt") for line in lines if line.startswith("-r ")]
    assert len(lines) == len(found) + len(includes), "every line is a pin or a list"
    for included in includes:
        found |= direct(included)
    return found


def locked(kind: str) -> dict[str, tuple[str, list[str]]]:
    """Return version and hashes of every package in a lock."""
    entries = LOCKED.findall((ROOT / f"{kind}.lock").read_text())
    return {name: (version, re.findall(r"--hash=(\S+)", hashes)) for name, version, hashes in entries}


@pytest.mark.parametrize("kind", KINDS)
def test_every_direct_dependency_is_locked_at_its_version(kind: str) -> None:
    versions = {name: version for name, (version, _) in locked(kind).items()}
    assert direct(kind).items() <= versions.items()


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_holds_packages_with_hashes_and_nothing_else(kind: str) -> None:
    text = (ROOT / f"{kind}.lock").read_text()
    rest = re.sub(r"^ *#.*\n", "", LOCKED.sub("", text), flags=re.MULTILINE)
    assert rest == ""
    hashes = [one for _, found in locked(kind).values() for one in found]
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_names_no_index(kind: str) -> None:
    assert re.search(r"://|index|find-links|trusted", (ROOT / f"{kind}.lock").read_text()) is None


def test_what_is_tested_is_what_runs() -> None:
    assert locked("requirements").items() <= locked("requirements-dev").items()


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile", ".ci/run"])
def test_nothing_is_installed_but_from_a_lock(file: str) -> None:
    lines = (ROOT / file).read_text().splitlines()
    installs = [line for line in lines if re.search(r"(?:pip install|\$\(INSTALL\)) ", line)]
    assert [line for line in installs if "INSTALL :=" not in line and not re.search(r" -r [a-z-]+\.lock$", line)] == []
    assert [
        line for line in installs if "pip install" in line and "--require-hashes --only-binary=:all:" not in line
    ] == []


def test_the_image_takes_named_parts_of_the_product_alone() -> None:
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    parts = {part for line in copies for part in line.split()}
    product = {"manage.py", "gunicorn.conf.py", "wizard_site", "onboarding", "sandbox", "templates", "static"}
    assert parts == product | {"requirements.lock"}


def test_what_may_hold_a_secret_never_reaches_the_builder_of_the_image() -> None:
    assert set((ROOT / ".dockerignore").read_text().split()) >= KEPT_OUT


def test_the_checks_read_all_code_that_runs() -> None:
    (line,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if "/bandit " in line]
    assert {"onboarding", "wizard_site", "sandbox"} <= set(line.split())
