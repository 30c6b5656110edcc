"""The document: every way in which an accord can be malformed is refused by name, at its place."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import yaml
from treaty import AT, Party, accord, data, party

from detente.accord import document, signing, source
from detente.accord.document import Accord, from_source, from_yaml
from detente.accord.source import Source
from detente.trust import canonical, charter, envelope
from detente.trust.envelope import ACCORD_TYPE, Envelope
from detente.trust.errors import (
    BadSignature,
    BelowThreshold,
    DetenteError,
    Fork,
    Malformed,
    NotCanonical,
    TooLarge,
    WrongContext,
    WrongKey,
)

Change = Callable[[dict[str, Any]], object]


def test_what_people_write_and_what_officers_sign_are_the_same_accord() -> None:
    text = yaml.safe_dump(data(), allow_unicode=True)
    assert document.parse(document.dump(from_yaml(text))) == from_yaml(text) == accord()


def test_a_default_that_is_left_out_changes_no_digest() -> None:
    plain = data()
    plain["facts"] = []
    assert from_source(Source(plain, {})).digest == accord().digest


def test_bytes_that_leave_a_default_unwritten_are_refused() -> None:
    with pytest.raises(NotCanonical, match=r"document\.17"):
        document.parse(canonical.encode(data()))


def test_an_accord_is_named_by_the_digest_of_its_first_version() -> None:
    first = accord()
    second = accord(version=2, genesis=first.digest, previous=first.digest)
    assert first.genesis == second.genesis == first.digest
    assert second.digest != first.digest


TEXTS = [
    ("source.1", TooLarge, "#" * 600_000),
    ("source.2", Malformed, "a: ["),
    ("source.2", Malformed, ""),
    ("source.2", Malformed, "a: 1\n---\nb: 2"),
    ("source.3", Malformed, "a: &x 1\nb: *x"),
    ("source.3", Malformed, "a: !!python/name:os.system x"),
    ("source.3", Malformed, "%YAML 1.1\n---\na: 1"),
    ("source.4", Malformed, "a: 1\na: 2"),
    ("source.4", Malformed, "[1]: 2"),
    ("source.4", Malformed, "名: 2"),
    ("source.5", Malformed, "k: 1.5"),
    ("source.5", Malformed, "k: 1e26"),
    ("source.5", Malformed, "k: .inf"),
    ("source.5", Malformed, "k: 007"),
    ("source.5", Malformed, "k: -0"),
    ("source.5", Malformed, "k: 1_000"),
    ("source.5", Malformed, "k: 100000000000000000"),
    ("source.6", TooLarge, "[" * 40 + "]" * 40),
]


@pytest.mark.parametrize(
    ("step", "error", "text"), TEXTS, ids=[f"{s}-{n}" for n, (s, _, _) in enumerate(TEXTS)]
)
def test_yaml_that_hides_repeats_or_rounds_is_refused(
    step: str, error: type[DetenteError], text: str
) -> None:
    with pytest.raises(error) as caught:
        source.read(text)
    assert caught.value.step == step


def test_the_words_that_yaml_takes_for_booleans_numbers_and_dates_stay_words() -> None:
    text = "{on: no, y: yes, t: 12:30, d: 2026-01-01, n: ~, x: 0x10, o: 0o7, q: '1.5', e: ''}"
    words = {
        "y": "yes",
        "t": "12:30",
        "d": "2026-01-01",
        "n": "~",
        "x": "0x10",
        "o": "0o7",
        "q": "1.5",
        "e": "",
    }
    assert source.read(text).data == {"on": "no"} | words


def test_a_refusal_says_line_column_and_path() -> None:
    text = yaml.safe_dump(data(), allow_unicode=True, sort_keys=False).replace(
        "within: PT24H", "within: soon"
    )
    with pytest.raises(Malformed, match=r"\$\.duties\[0\]\.within") as caught:
        from_yaml(text)
    assert caught.value.step == "duration.1"
    with pytest.raises(Malformed, match=r"\$\.duties\[0\] \(line \d+, column 3\)"):
        from_yaml(text.replace("within: soon", "unheard: of"))


def _read(reading: str, within: str | None) -> Change:
    """A time to read, beside a term within which officers owe a release."""

    def change(plain: dict[str, Any]) -> None:
        plain["time"]["reading"] = reading
        plain["release"][0]["within"] = within

    return change


def _set(path: str, value: object) -> Change:
    def change(plain: dict[str, Any]) -> None:
        *way, last = path.split(".")
        part: Any = plain
        for step in way:
            part = part[int(step)] if step.isdigit() else part[step]
        if value is ...:
            del part[last]
        else:
            part[int(last) if last.isdigit() else last] = value

    return change


def _charter_of(owner: str, given: object) -> Change:
    return _set(f"parties.{owner}.charters", {"live": given})


US = charter.to_value(party("us").charter())
TWICE = charter.to_value(msgspec.structs.replace(party("us").charter(), party="cn"))
BROKEN: list[tuple[str, Change]] = [
    ("document.1", _set("unheard", 1)),
    ("document.1", _set("title", ...)),
    ("document.1", _set("title", "Accord")),
    ("document.1", _set("detente", 2)),
    ("document.1", _set("version", 0)),
    ("document.1", _set("version", "1")),
    ("document.1", _set("prevails", "fr")),
    ("document.1", _set("genesis", "AB")),
    ("document.1", _set("parties.us.roles", ["judge"])),
    ("document.1", _set("parties.US", {})),
    ("document.1", _set("pillars.toy.state", "asleep")),
    ("document.1", _set("pillars.toy.edition", "0" * 63)),
    ("document.1", _set("duties.0.unheard", 1)),
    ("document.1", _set("duties.0.within", 24)),
    ("document.1", _set("release.0.by", "anyone")),
    ("document.1", _set("triggers.0.propose", {"launch": "all"})),
    ("document.1", _set("outflow.bytes", -1)),
    ("document.1", _set("outflow.bytes", 1.5)),
    ("document.1", _set("time.k", 0)),
    ("document.2", _set("genesis", "0" * 64)),
    ("document.2", _set("previous", "0" * 64)),
    ("document.2", _set("version", 2)),
    ("duration.2", _set("starts", "2026-13-01T00:00:00Z")),
    ("duration.2", _set("starts", "2026-02-30T00:00:00Z")),
    ("duration.2", _set("starts", "2026-01-01")),
    ("document.3", _set("parties", {"us": data()["parties"]["us"]})),
    ("document.3", _set("parties.us.laboratories", {"cn": {"en": "x", "zh": "x"}})),
    ("document.3", _set("parties.us.laboratories", {"peer": {"en": "x", "zh": "x"}})),
    ("document.3", _set("parties.hub.roles", ["witness", "witness"])),
    ("document.4", _set("parties.us.charters", {})),
    ("document.4", _charter_of("cn", US)),
    ("charter.1", _charter_of("us", {})),
    ("document.5", _charter_of("cn", TWICE)),
    ("document.6", _set("parties.us.lawful.ceiling", "cosmic")),
    ("document.6", _set("parties.us.lawful.classes", ["inner", "inner"])),
    ("document.7", _set("time.k", 3)),
    ("document.7", _set("time.hand_over", "PT1H")),
    ("duration.1", _set("time.skew", "P1M")),
    ("duration.1", _set("time.skew", "PT0S")),
    ("duration.1", _set("time.transit", "PT1.5S")),
    ("document.8", _set("pillars.toy.sunset", "2025-01-01T00:00:00Z")),
    ("document.8", _set("pillars.toy.sunset", "2026-01-01T00:00:00Z")),
    ("document.8", _set("pillars.accord", data()["pillars"]["toy"])),
    ("document.8", _set("pillars.two-words", data()["pillars"]["toy"])),
    ("document.9", _set("duties.0.id", "follow")),
    ("document.9", _set("release.0.id", "answer")),
    ("document.10", _set("duties.0.on", "other.report")),
    ("document.10", _set("duties.0.what", "other.reply")),
    ("document.10", _set("release.0.kind", "other.report")),
    ("document.10", _set("triggers.0.on", "other.report")),
    ("document.11", _set("duties.0.within", ...)),
    ("document.11", _set("duties.0.on", ...)),
    ("document.11", _set("duties.0.every", "P1M")),
    ("document.11", _set("duties.2.every", "sometimes")),
    ("document.11", _set("duties.2.what", [])),
    ("document.12", _set("duties.0.owes", "debtor")),
    ("document.12", _set("duties.0.owes", "fr")),
    ("document.12", _set("duties.2.owes", "author")),
    ("document.12", _set("duties.2.owes", "facts.to")),
    ("document.13", _set("release.0.to", "everybody")),
    ("document.13", _set("release.0.fields", [])),
    ("document.13", _set("release.0.fields", ["pattern", "pattern"])),
    ("document.13", _read("PT24H", "PT24H")),
    ("duration.1", _read("PT0S", None)),
    ("document.14", _set("triggers.0.propose", {})),
    ("duration.1", _set("triggers.0.decide", "soon")),
    ("document.15", _set("outflow.per", {"fr": 1})),
    ("document.15", _set("witness.always", ["fr"])),
    ("document.15", _set("witness.quorum", 0)),
    ("document.15", _set("witness.quorum", 3)),
    ("document.15", _set("withdrawal.surviving", ["unheard"])),
    ("document.16", _set("facts", [{
        "id": "law", "value": True, "valid_from": "2027-01-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z",
        "checked_on": "2026-01-01", "source": "none", "confidence": "recalled",
    }])),
]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "change"), BROKEN, ids=[f"{step}-{n}" for n, (step, _) in enumerate(BROKEN)]
)
def test_an_accord_that_makes_no_sense_is_refused_at_its_numbered_check(step: str, change: Change) -> None:
    plain = data()
    change(plain)
    with pytest.raises(DetenteError) as caught:
        from_source(Source(plain, {}))
    assert caught.value.step == step


def test_one_person_does_not_count_twice_by_holding_keys_of_two_parties() -> None:
    plain = data()
    _charter_of("cn", TWICE)(plain)
    with pytest.raises(WrongKey, match=r"document\.5"):
        from_source(Source(plain, {}))


def _signed(made: Accord, **by: tuple[str, ...]) -> Envelope:
    keys = [key for name, holders in by.items() for key in party(name).held(*holders)]
    return envelope.sign(ACCORD_TYPE, document.dump(made), keys)


BOTH = ("officer-1", "officer-2")
FR = Party("fr", seed=8)


def test_an_accord_binds_when_the_officers_of_every_party_have_signed() -> None:
    assert signing.verify(_signed(accord(), us=BOTH, cn=BOTH, hub=BOTH), AT) == accord()


def test_an_accord_that_one_party_has_not_signed_does_not_bind() -> None:
    with pytest.raises(WrongKey, match=r"charter\.10"):
        signing.verify(_signed(accord(), us=BOTH, cn=BOTH), AT)


def test_one_officer_where_two_are_needed_is_below_the_threshold() -> None:
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        signing.verify(_signed(accord(), us=BOTH, cn=BOTH, hub=("officer-1",)), AT)


def test_one_person_with_two_keys_counts_once() -> None:
    """Each officer holds an Ed25519 and an ML-DSA-65 key: two signatures, one person."""
    lone = party("hub").held("officer-1")
    assert len(lone) == 2
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        signing.verify(_signed(accord(), us=BOTH, cn=BOTH, hub=("officer-1",)), AT)


def test_half_of_an_officers_signatures_does_not_count() -> None:
    keys = [*party("us").held(*BOTH), *party("cn").held(*BOTH), *party("hub").held(*BOTH)[:-1]]
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        signing.verify(envelope.sign(ACCORD_TYPE, document.dump(accord()), keys), AT)


def test_signatures_over_another_text_do_not_sign_this_one() -> None:
    whole = _signed(accord(), us=BOTH, cn=BOTH, hub=BOTH)
    other = msgspec.structs.replace(whole, payload=document.dump(accord(prevails="en")))
    with pytest.raises(BadSignature, match=r"envelope\.7"):
        signing.verify(other, AT)


def test_another_statement_is_no_accord() -> None:
    keys = party("us").held(*BOTH)
    with pytest.raises(WrongContext, match=r"signing\.1"):
        signing.verify(envelope.sign("application/vnd.detente.act+json", document.dump(accord()), keys), AT)


def test_an_amendment_is_signed_by_the_officers_in_force() -> None:
    first = accord()
    second = accord(version=2, genesis=first.digest, previous=first.digest)
    successors = Party("us", seed=9)
    keys = [*successors.held(*BOTH), *party("cn").held(*BOTH), *party("hub").held(*BOTH)]
    whole = envelope.sign(ACCORD_TYPE, document.dump(second), keys)
    in_force = signing.own_charters(first) | {"us": successors.charter()}
    assert signing.verify(whole, AT, in_force) == second
    with pytest.raises(WrongKey, match=r"charter\.10"):
        signing.verify(whole, AT, signing.own_charters(first))
    with pytest.raises(WrongKey, match=r"charter\.10"):
        signing.verify(whole, AT, {})


def test_who_accedes_signs_by_its_first_charter_and_nobody_leaves_by_a_version() -> None:
    first = accord()
    fr = data()["parties"]["us"] | {"charters": {"live": charter.to_value(FR.charter())}}
    four = data()["parties"] | {"fr": fr}
    second = accord(version=2, genesis=first.digest, previous=first.digest, parties=four)
    keys = [key for name in ("us", "cn", "hub") for key in party(name).held(*BOTH)]
    theirs = FR.held(*BOTH)
    known = signing.own_charters(first)
    payload = document.dump(second)
    assert signing.verify(envelope.sign(ACCORD_TYPE, payload, [*keys, *theirs]), AT, known) == second
    signing.check_succession(first, second)
    with pytest.raises(BelowThreshold, match=r"charter\.12"):
        signing.verify(envelope.sign(ACCORD_TYPE, payload, [*keys, *FR.held("officer-1")]), AT, known)
    later = four | {
        "fr": fr | {"charters": {"live": fr["charters"]["live"] | {"version": 2, "previous": "5d" * 32}}}
    }
    changed = accord(version=2, genesis=first.digest, previous=first.digest, parties=later)
    with pytest.raises(WrongContext, match=r"signing\.3"):
        signing.verify(envelope.sign(ACCORD_TYPE, document.dump(changed), [*keys, *theirs]), AT, known)
    third = accord(version=3, genesis=first.digest, previous=second.digest)
    with pytest.raises(WrongContext, match=r"signing\.7"):
        signing.check_succession(second, third)


def test_two_texts_under_one_version_are_evidence() -> None:
    first = accord()
    second = accord(version=2, genesis=first.digest, previous=first.digest)
    twin = accord(version=2, genesis=first.digest, previous=first.digest, prevails="en")
    with pytest.raises(Fork, match=r"signing\.5"):
        signing.check_succession(second, twin)
    signing.check_succession(second, second)


def test_amendments_out_of_order_or_of_another_accord_are_refused() -> None:
    first = accord()
    second = accord(version=2, genesis=first.digest, previous=first.digest)
    signing.check_succession(first, second)
    for new in (
        accord(version=3, genesis=first.digest, previous=second.digest),
        accord(version=2, genesis="0" * 64, previous=first.digest),
        accord(version=2, genesis=first.digest, previous="0" * 64),
    ):
        with pytest.raises(WrongContext, match=r"signing\.6"):
            signing.check_succession(first, new)


def test_the_canonical_bytes_are_json_that_anybody_can_read() -> None:
    assert json.loads(document.dump(accord()))["detente"] == 1


def test_a_time_to_read_that_ends_before_every_term_of_officers_is_agreed() -> None:
    plain = data()
    _read("PT23H", "PT24H")(plain)
    # What the node releases by itself has no officers who read it.
    plain["release"][1]["within"] = "PT1H"
    assert from_source(Source(plain, {})).time.reading == "PT23H"
