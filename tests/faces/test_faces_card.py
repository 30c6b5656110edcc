"""A safety card: made from results, held against what was agreed, printed, and valid in others' formats."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from securesystemslib.dsse import Envelope as OthersEnvelope
from securesystemslib.signer._key import SSlibKey

from detente.faces.cli import main
from detente.faces.keyfile import KeyFile

Say = Callable[..., Any]
MODEL, OTHER = "d9" * 32, "e8" * 32
AT = 1_804_345_600_000
DAY = 86_400_000
SECRET = "a sentence that nobody has said before"  # noqa: S105  # it locks keys made for this test
AGREED = """
[[check]]
domain = "oversight"
max_age = "P180D"
playbook = "{playbook}"

[[check]]
domain = "jailbreak"
max_age = "P180D"
"""


def result(name: str, domain: str, decision: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # fields of a record
    opened = {"model": MODEL, "playbook": "b0" * 32} | more.pop("open", {})
    shown = {
        "id": name * 32,
        "kind": "evaluations.result",
        "party": "us",
        "at": AT,
        "open": opened,
        "stands": True,
    }
    return shown | {"facts": {"domain": domain, "decision": decision}} | more


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def saying(*words: object, code: int = 0) -> Any:  # noqa: ANN401  # whatever is printed
        assert main([*map(str, words)]) == code
        said = capsys.readouterr()
        return said.err if code > 1 else said.out

    return saying


@pytest.fixture
def made(tmp_path: Path, say: Say) -> Path:
    """A folder with two results, the texts, and the card made of them."""
    for name, domain in (("01", "oversight"), ("02", "jailbreak")):
        (tmp_path / domain).write_text(json.dumps(result(name, domain, "pass")))
    texts = {"system": "System <A>, 1", "limits": ["Bio was not tested.", "未测试生物领域。"]}
    (tmp_path / "texts").write_text(json.dumps(texts))
    (tmp_path / "agreed").write_text(AGREED.format(playbook="b0" * 32))
    said = say(
        "card", "new", tmp_path / "oversight", tmp_path / "jailbreak",
        "--model", MODEL, "--access", "public_service",
        "--valid-until", "2027-12-01T00:00:00Z", "--mitigation", "shutdown", "--texts", tmp_path / "texts",
    )  # fmt: skip
    (tmp_path / "card").write_text(said)
    return tmp_path


def checked(made: Path, say: Say, *more: object, code: int = 1) -> list[tuple[str, str]]:
    words = ["--agreed", made / "agreed", "--result", made / "oversight", "--result", made / "jailbreak"]
    release = ["--model", MODEL, "--at", "2027-03-10T00:00:00Z"] if "--model" not in more else []
    said = json.loads(say("card", "check", made / "card", *words, *release, *more, "--json", code=code))
    assert said["holds"] == (code == 0)
    return [(one["about"], one["code"]) for one in said["findings"]]


def test_a_card_from_results_says_by_itself_what_was_not_tested(made: Path) -> None:
    opened = json.loads((made / "card").read_text())["open"]
    assert (opened["tested"], opened["outcomes"]) == (["jailbreak", "oversight"], ["pass", "pass"])
    assert len(opened["untested"]) == 9
    assert opened["evidence"] == ["01" * 32, "02" * 32]


def test_of_two_results_the_gravest_counts(made: Path, say: Say) -> None:
    (made / "later").write_text(json.dumps(result("03", "oversight", "fail")))
    said = say(
        "card", "new", made / "oversight", made / "later", "--model", MODEL, "--access", "internal",
        "--valid-until", "2027-12-01T00:00:00Z",
    )  # fmt: skip
    opened = json.loads(said)["open"]
    assert (opened["outcomes"], opened["attempts"]) == (["fail"], [1])


def test_a_card_counts_the_attempts_up_to_the_one_that_is_shown(made: Path, say: Say) -> None:
    facts = {"domain": "oversight", "decision": "pass", "attempt": 3}
    (made / "third").write_text(json.dumps(result("03", "oversight", "pass", facts=facts, thread="70" * 32)))
    words = ("--model", MODEL, "--access", "internal", "--valid-until", "2027-12-01T00:00:00Z")
    (made / "counted").write_text(say("card", "new", made / "oversight", made / "third", *words))
    assert json.loads((made / "counted").read_text())["open"]["attempts"] == [4]
    say("card", "print", made / "counted", "--to", made / "page.html")
    assert "(4 attempts)" in (made / "page.html").read_text()


@pytest.mark.parametrize(
    "changed", [{"stands": False}, {"open": {"model": OTHER}}, {"facts": {"domain": "oversight"}}]
)
def test_what_is_no_result_of_this_system_gets_on_no_card(
    changed: dict[str, Any], made: Path, say: Say
) -> None:
    (made / "odd").write_text(json.dumps(result("04", "oversight", "pass", **changed)))
    words = ("--model", MODEL, "--access", "internal", "--valid-until", "2027-12-01T00:00:00Z")
    assert "card.2" in say("card", "new", made / "odd", *words, code=65)


def test_a_statement_names_the_domains_and_the_evidence_of_its_card_and_none_is_made_of_a_draft(
    made: Path, say: Say
) -> None:
    words = ("--basis", "own_run", "--valid-until", "2027-12-01T00:00:00Z")
    assert "card.5" in say("card", "state", made / "card", *words, code=65)
    tabled = json.loads((made / "card").read_text()) | {"id": "c0" * 32, "kind": "assurance.card"}
    (made / "tabled").write_text(json.dumps(tabled))
    said = json.loads(say("card", "state", made / "tabled", *words))
    assert (said["thread"], said["open"]["model"]) == ("c0" * 32, MODEL)
    assert said["open"]["domains"] == ["jailbreak", "oversight"]
    assert said["open"]["evidence"] == ["01" * 32, "02" * 32]


def test_a_release_with_all_that_was_agreed_passes(made: Path, say: Say) -> None:
    assert checked(made, say, code=0) == []


def edited(made: Path, name: str, **fields: Any) -> None:  # noqa: ANN401  # fields of a record
    value = json.loads((made / name).read_text())
    value["open"] |= fields.pop("open", {})
    (made / name).write_text(json.dumps(value | fields))


Change = Callable[[Path], None]
AGAINST: dict[str, tuple[Change, list[tuple[str, str]]]] = {
    "missing": (
        lambda made: edited(
            made, "card", open={"tested": ["jailbreak"], "outcomes": ["pass"], "attempts": [1]}
        ),
        [("oversight", "missing")],
    ),
    "failed": (
        lambda made: edited(made, "card", open={"outcomes": ["fail", "pass"]}),
        [("jailbreak", "failed")],
    ),
    "misstated": (
        lambda made: edited(made, "jailbreak", facts={"domain": "jailbreak", "decision": "inconclusive"}),
        [("jailbreak", "misstated")],
    ),
    "stale": (lambda made: edited(made, "oversight", at=AT - 400 * DAY), [("oversight", "stale")]),
    "another digest": (
        lambda made: edited(made, "oversight", open={"model": OTHER}),
        [("oversight", "another-digest")],
    ),
    "unproven": (lambda made: edited(made, "oversight", id="99" * 32), [("oversight", "unproven")]),
    "another playbook": (
        lambda made: edited(made, "oversight", open={"playbook": "cc" * 32}),
        [("oversight", "another-playbook")],
    ),
    "lapsed": (lambda made: edited(made, "card", open={"valid_until": AT}), [("card", "lapsed")]),
}


@pytest.mark.parametrize("name", AGAINST)
def test_what_stands_against_a_release_is_named(name: str, made: Path, say: Say) -> None:
    change, found = AGAINST[name]
    change(made)
    assert checked(made, say) == found


def test_a_card_of_another_digest_releases_nothing(made: Path, say: Say) -> None:
    found = checked(made, say, "--model", OTHER, "--at", "2027-03-10T00:00:00Z")
    assert ("card", "another-digest") in found
    assert ("jailbreak", "another-digest") in found


def test_the_printed_card_says_in_both_languages_what_was_not_tested(made: Path, say: Say) -> None:
    say("card", "print", made / "card", "--to", made / "page.html")
    page = (made / "page.html").read_text()
    assert page.count('class="not"') == 9
    assert all(
        one in page for one in ("NOT TESTED", "未测试", "System &lt;A&gt;", "未测试生物领域。", "@page")
    )
    assert "<script" not in page


def test_the_bill_of_materials_is_valid_by_another_authors_validator(made: Path, say: Say) -> None:
    said = say("card", "export", made / "card", "--as", "cyclonedx")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(said) is None
    model = json.loads(said)["components"][0]
    assert model["hashes"] == [{"alg": "SHA-256", "content": MODEL}]
    assert len([one for one in model["properties"] if one["name"] == "detente:not-tested"]) == 9


def test_an_officer_signs_the_in_toto_statement_and_another_authors_dsse_verifies_it(
    made: Path, say: Say
) -> None:
    bare = json.loads(say("card", "export", made / "card", "--as", "in-toto"))
    assert (bare["predicate"]["result"], bare["subject"][0]["digest"]) == ("WARNED", {"sha256": MODEL})
    kept = KeyFile.create(made / "officer.key", "us", "ada", SECRET)
    read, write = os.pipe()
    os.write(write, f"{SECRET}\n".encode())
    said = say(
        "card",
        "export",
        made / "card",
        "--as",
        "in-toto",
        "--key",
        made / "officer.key",
        "--passphrase-fd",
        read,
    )
    os.close(read)
    os.close(write)
    signed = OthersEnvelope.from_dict(json.loads(said))
    assert json.loads(signed.payload) == bare
    public = base64.b64decode(kept.public.keys["ed25519"])
    keyid = next(
        one["keyid"] for one in json.loads(said)["signatures"] if len(base64.b64decode(one["sig"])) == 64
    )
    key = SSlibKey(keyid, "ed25519", "ed25519", {"public": public.hex()})
    signed.verify([key], threshold=1)


def test_hugging_face_metadata_is_yaml_with_what_was_not_tested(made: Path, say: Say) -> None:
    head = say("card", "export", made / "card", "--as", "hugging-face").split("---\n")[1]
    value = yaml.safe_load(head)
    assert value["detente_safety_card"]["model_sha256"] == MODEL
    assert len(value["detente_safety_card"]["not_tested"]) == 9
    names = [one["task"]["name"] for one in value["model-index"][0]["results"]]
    assert names == ["Resistance to jailbreaks", "Loss of control and oversight"]


@pytest.mark.parametrize(
    "text", ["", "check = 1", "[[check]]\ndomain = 'x'\nmax_age = 'P1D'", "[[check]]\nmax_age=1"]
)
def test_agreed_checks_that_are_none_are_refused(text: str, made: Path, say: Say) -> None:
    (made / "agreed").write_text(text)
    words = ("--agreed", made / "agreed", "--model", MODEL)
    assert "agreed.1" in say("card", "check", made / "card", *words, code=65)
