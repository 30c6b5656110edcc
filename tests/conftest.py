"""Counts are printed at the end: `record_property("kills", {"sign.anchored": 3})` in tests, summed by name.

With CI=true nothing is skipped: what a test needs is there, or the run has not shown what it says.
"""

import os
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest
from _pytest.nodeid import coerce_node_id
from hypothesis import HealthCheck, settings

DIED = pytest.StashKey[bool]()
STRICT = os.environ.get("CI") == "true"

# No test asserts a timing, so neither does Hypothesis: what hangs is ended by the time limit. What lands is
# decided on the same cases each time; whoever runs the tests at home looks for new ones.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=STRICT
)
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let a group of tests run in one process, so that what they share is made once.

    pytest-xdist 3.8 writes the group behind the name where pytest 9.2 no longer looks for it: then each
    process makes everything again, and nothing says so.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        group = "_".join(sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")}))
        if group and not item.nodeid.endswith(f"@{group}"):
            item._id = coerce_node_id(f"{item.nodeid}@{group}")  # noqa: SLF001 (there is no other way to name it)


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI=true allows no skip: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ANN401 (pytest-xdist has no types)
    if error:
        node.config.stash[DIED] = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Say by the exit code that a process died: what it had still to do was not done."""
    if session.config.stash.get(DIED, False):
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted and which attacks were played, whichever process they ran in."""
    counted: dict[str, Counter[str]] = {}
    for report in (one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])):
        for name, counts in report.user_properties:
            if isinstance(counts, dict):
                counted.setdefault(name, Counter()).update(counts)
    for name, counts in sorted(counted.items()):
        terminalreporter.section(f"counted: {name}", sep="-")
        for what, count in sorted(counts.items()):
            terminalreporter.write_line(f"{count:>9,}  {what}")
    passed = terminalreporter.stats.get("passed", [])
    rows = [value for report in passed for name, value in report.user_properties if name == "attack"]
    if rows:
        terminalreporter.section("attacks on nodes that run, as their evidence shows them", sep="-")
        terminalreporter.write_line("| attack | refused as | evidence | provable offline |")
        terminalreporter.write_line("\n".join(rows))
