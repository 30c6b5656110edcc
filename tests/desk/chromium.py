"""A real Chromium before a desk that runs as a process of its own; what it complains of is kept."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

MISSING = "there is no Chromium here: sudo apt-get install chromium fonts-noto-cjk"
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
LANGS = {"en": "en", "zh": "zh-Hans"}
# What htmx says of a request on its way when somebody went to another page, or that a newer one replaced; an
# answer that is an error has another name, and is a complaint.
CUT_OFF = ("htmx:afterRequest,", "htmx:sendError,", "htmx:sendAbort,")
NAMED_BY_DIGEST = re.compile(r"[0-9a-f]{16,}")


class Look(NamedTuple):
    """How somebody looks at the desk."""

    language: str = "en"
    width: int = 1280
    scheme: str = "light"

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.scheme}"


TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const around = node.parentElement;
    if (node.data.trim() && around.checkVisibility() && !around.closest('script, style, code, textarea')) {
      found.push([node.data.trim(), around.closest('[lang]').lang]);
    }
  }
  return found;
}"""

TOO_WIDE = """() => [...document.querySelectorAll('body, body *')]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1
    && getComputedStyle(one).position !== 'absolute')
  .map(one => one.outerHTML.slice(0, 120))"""

TWICE = """() => [...document.querySelectorAll('[id]')].map(one => one.id)
  .filter((id, place, all) => all.indexOf(id) !== place)"""

PLAIN = Look()


class Sitting:
    """One person before the desk: a browser's context, the page it shows, and its complaints so far."""

    def __init__(self, context: BrowserContext, base: str, shots: Path) -> None:
        self.page: Page = context.new_page()
        self.base = base
        self.shots = shots
        self.complaints: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def visit(self, path: str, status: int = 200) -> Page:
        """Go to a page of the desk, and be sure that it is there."""
        answer = self.page.goto(self.base + path, wait_until="load")
        assert answer is not None
        assert answer.status == status, (path, answer.status)
        return self.page

    def shoot(self, path: str, look: object) -> None:
        """Keep a picture of the whole page."""
        query = re.sub(r"[^a-z0-9]+", "-", urlsplit(path).query)
        name = f"{shape(path)}-{query[:20]}".strip("-")
        self.page.screenshot(path=self.shots / f"{name}-{look}.png", full_page=True, animations="disabled")

    def violations(self, *rules: str) -> list[str]:
        """What axe-core finds wrong with the page as it is now, by these rules; by all, if none is named."""
        self.page.evaluate(AXE)
        asked: dict[str, object] = {"resultTypes": ["violations"]}
        if rules:
            asked["runOnly"] = list(rules)
        found = self.page.evaluate("asked => axe.run(document, asked)", asked)["violations"]
        return [
            f"{one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
            for one in found
            for node in one["nodes"]
        ]

    def faults(self, look: Look) -> list[str]:
        """Everything that is wrong with the page as it is shown now."""
        page = self.page
        wrong = self.violations(*(["color-contrast"] if look.scheme == "dark" else []))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong += [f"too wide: {one}" for one in page.evaluate(TOO_WIDE)]
        if page.evaluate("document.documentElement.lang") != LANGS[look.language]:
            wrong.append("the page is in another language than it was asked for")
        wrong += [f"two things are called {one}" for one in page.evaluate(TWICE)]
        return wrong + [
            f"Chinese, and said to be {lang!r}: {words[:40]}"
            for words, lang in page.evaluate(TEXTS)
            if re.search("[一-鿿]", words) and not lang.startswith("zh")
        ]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(CUT_OFF):
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _asked(self, url: str) -> None:
        here = urlsplit(self.base)
        if not url.startswith((f"{here.scheme}://{here.netloc}/", "data:")):
            self.complaints.append(f"asked elsewhere: {url}")


class Chromium:
    """A browser that was let in at a desk once, and sits down before it as often as a test wants."""

    def __init__(self, browser: Browser, entrance: str, shots: Path) -> None:
        self._browser = browser
        self.shots = shots
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(entrance)
            # The entrance leads on by itself to the desk's first page.
            page.wait_for_selector("h1")
            self.base = page.url.rstrip("/")
            self._cookies = context.storage_state()

    @contextmanager
    def sit(self, look: Look = PLAIN, *, scripts: bool = True, domain: str = "live") -> Iterator[Sitting]:
        """Sit down before the desk, or before its exercise."""
        with self._browser.new_context(
            storage_state=self._cookies,
            locale=LOCALES[look.language],
            viewport={"width": look.width, "height": 844 if look.width < 500 else 900},
            color_scheme=look.scheme,  # type: ignore[arg-type]  # "light" or "dark"
            java_script_enabled=scripts,
            reduced_motion="reduce",
        ) as context:
            yield Sitting(context, f"{self.base.removesuffix('live')}{domain}", self.shots)

    def ways(self, domain: str = "live") -> list[str]:
        """Every page that can be reached from the first one by its links, one for each shape of address."""
        with self.sit(domain=domain) as sitting:
            found, waiting = {"home": "/"}, ["/"]
            while waiting:
                sitting.visit(waiting.pop())
                links = sitting.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
                base = sitting.base
                for path in (link.removeprefix(base) for link in links if link.startswith(base)):
                    if path.startswith("/") and "#" not in path and shape(path) not in found:
                        found[shape(path)] = path
                        waiting.append(path)
            return list(found.values())


def shape(path: str) -> str:
    """What kind of page an address leads to: pillars each for itself, records and kinds one for all."""
    first, *rest = urlsplit(path).path.strip("/").split("/")
    known = rest if first == "pillar" else ["id" if NAMED_BY_DIGEST.search(one) else "one" for one in rest]
    return "-".join([first or "home", *known])


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the machine's own Chromium; nothing is downloaded.

    While it runs, this thread has a running event loop: no other test may use `asyncio` in between.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip(MISSING)
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=found)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Let `detente desk` show a home as its own process, and return the entrance."""
    # It ends with us, also if we are ended.
    words = [sys.executable, "-m", "detente", "desk", "--home", str(home), "--port", "0", "--until-eof"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["desk"]
        finally:
            process.terminate()
            assert process.wait(20) == 0
