"""What the documents promise: every variable is listed, every link and picture is there, every value can be read."""

import re
from pathlib import Path

import pytest

from tests.browser.stack import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
READS = {
    "wizard_site/*.py": r'(?:env\.\w+\(|environ\.get\(|environ\[)\s*"([A-Z][A-Z_]+)"',
    "gunicorn.conf.py": r'environ\.get\("([A-Z][A-Z_]+)"',
    "sandbox/environment.py": r'value\("([A-Z][A-Z_]+)"',
    "docker-compose.yml": r"\$\{([A-Z][A-Z_]+)",
}


def readme_section(title: str) -> str:
    readme = (ROOT / "README.md").read_text()
    return readme.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def listed() -> set[str]:
    """Return the variables of README's settings tables."""
    rows = [line.split("|")[1] for line in readme_section("Settings").splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)}


@pytest.mark.parametrize("files", READS)
def test_every_variable_that_is_read_is_listed(files: str) -> None:
    read = {name for file in ROOT.glob(files) for name in re.findall(READS[files], file.read_text())}
    assert read
    assert read - listed() == set()


def test_every_listed_variable_is_read() -> None:
    read = {
        name
        for files, pattern in READS.items()
        for file in ROOT.glob(files)
        for name in re.findall(pattern, file.read_text())
    }
    assert listed() - read == set()


@pytest.mark.parametrize("name", [".env.example", ".env.demo"])
def test_the_example_files_hold_listed_variables_alone(name: str) -> None:
    given = re.findall(r"^([A-Z][A-Z_]+)=", (ROOT / name).read_text(), flags=re.MULTILINE)
    assert given
    assert set(given) - listed() == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_picture_of_a_document_is_there(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    own = [target for target in targets if not target.startswith(("http://", "https://", "mailto:"))]
    assert [target for target in own if not (document.parent / target).exists()] == []


def test_every_check_is_explained() -> None:
    ids = set(re.findall(r'id="(onboarding\.[EW]\d+)"', (ROOT / "onboarding" / "checks.py").read_text()))
    assert ids
    assert ids == set(re.findall(r"`(onboarding\.[EW]\d+)`", readme_section("In production")))
