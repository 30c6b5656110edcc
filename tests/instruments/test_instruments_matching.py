"""Private matching: counts agree, nothing else shows, and whoever lies is named by the step."""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha512

import pytest
import rbcl

from detente.instruments import fingerprint, group, matching
from detente.instruments.matching import Holding
from detente.trust.errors import BadProof, DetenteError, Malformed, Misuse, TooLarge

# RFC 9496, appendix A.3: a label, hashed by SHA-512, and the encoding of the point it maps to.
LABEL = b"Ristretto is traditionally a short shot of espresso coffee"
POINT = "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"


def holding(marks: Iterable[str], context: bytes = b"run") -> Holding:
    return Holding(context, group.scalar(os.urandom(64)), os.urandom(32), tuple(sorted(set(marks))))


def cves(start: int, end: int) -> list[str]:
    return [f"cve:CVE-2026-{number:04}" for number in range(start, end)]


US, CN = holding(cves(0, 40)), holding(cves(30, 55))
COMMON = tuple(cves(30, 40))


def ran(us: Holding = US, cn: Holding = CN) -> tuple[frozenset[bytes], frozenset[bytes]]:
    return us.common(cn.points(), cn.answer(us.points())), cn.common(us.points(), us.answer(cn.points()))


def test_the_map_to_the_group_is_that_of_the_standard() -> None:
    assert rbcl.crypto_core_ristretto255_from_hash(sha512(LABEL).digest()).hex() == POINT


def test_both_sides_count_the_same_and_then_name_the_same() -> None:
    mine, theirs = ran()
    assert len(mine) == len(COMMON)
    assert mine == theirs
    assert US.members(CN.pairs(US.points(), theirs), len(mine)) == COMMON
    assert CN.members(US.pairs(CN.points(), mine), len(mine)) == COMMON
    matching.require_members(CN.open(COMMON), COMMON, CN.root(), CN.size)


def test_sets_without_a_common_member_count_nothing() -> None:
    other = holding(cves(100, 120))
    assert ran(US, other) == (frozenset(), frozenset())
    assert US.members((), 0) == ()


def test_the_points_of_two_runs_have_nothing_in_common() -> None:
    """The same set under another round, and the same round under another secret."""
    assert not set(US.points()) & set(replace(US, context=b"next").points())
    assert not set(US.points()) & set(holding(US.fingerprints).points())
    assert US.root() != replace(US, seed=os.urandom(32)).root()


def test_neither_points_nor_answers_keep_an_order_of_the_set() -> None:
    assert list(US.points()) == sorted(US.points())
    assert list(CN.answer(US.points())) == sorted(CN.answer(US.points()))


def test_counting_does_not_say_which_of_the_own_set_matched() -> None:
    """What one side has after counting (its set, secret, both files) maps to no member without `pairs`."""
    mine, _ = ran()
    own = {group.multiplied(US.secret, group.hashed(b"run", one.encode())) for one in US.fingerprints}
    assert not own & mine


Attack = Callable[[], object]
ATTACKS: list[tuple[str, str, type[DetenteError], Attack]] = [
    ("a repeated point, to trace it", "matching.2", Malformed, lambda: US.answer((CN.points()[0],) * 2)),
    ("points in another order", "matching.2", Malformed, lambda: US.answer(CN.points()[::-1])),
    ("more points than a run takes", "matching.1", TooLarge, lambda: US.answer((b"",) * (matching.MOST + 1))),
    ("the identity, which hides nothing", "group.3", Malformed, lambda: US.answer((group.IDENTITY,))),
    ("bytes that are no point", "group.3", Malformed, lambda: US.answer((b"\xff" * 32,))),
    ("a point that is too short", "group.3", Malformed, lambda: US.answer((b"\x01" * 31,))),
    (
        "an answer that leaves one out",
        "matching.3",
        BadProof,
        lambda: US.common(CN.points(), CN.answer(US.points())[1:]),
    ),
    (
        "a pair fewer than counted",
        "matching.4",
        BadProof,
        lambda: US.members(CN.pairs(US.points(), ran()[1])[1:], len(COMMON)),
    ),
    ("a pair that is none of ours", "matching.4", BadProof, lambda: US.members((CN.points()[0],), 1)),
    (
        "an opening withheld",
        "matching.5",
        BadProof,
        lambda: matching.require_members(CN.open(COMMON[1:]), COMMON, CN.root(), CN.size),
    ),
    (
        "a member put into the set after the run",
        "inclusion.4",
        BadProof,
        lambda: matching.require_members(
            holding([*CN.fingerprints[1:], "cve:CVE-2026-0001"]).open(["cve:CVE-2026-0001"]),
            ["cve:CVE-2026-0001"],
            CN.root(),
            CN.size,
        ),
    ),
    (
        "a salt of another length",
        "matching.6",
        BadProof,
        lambda: matching.require_members(
            [replace(CN.open(COMMON[:1])[0], salt=b"")], COMMON[:1], CN.root(), CN.size
        ),
    ),
    ("one fingerprint twice", "holding.1", Malformed, lambda: replace(US, fingerprints=("a", "a"))),
    ("too long a fingerprint", "holding.2", TooLarge, lambda: replace(US, fingerprints=("a" * 513,))),
    ("an empty set", "holding.3", Malformed, lambda: replace(US, fingerprints=())),
    ("too little entropy", "group.2", Misuse, lambda: group.scalar(b"1" * 32)),
]


@pytest.mark.parametrize(
    ("step", "error", "attack"), [one[1:] for one in ATTACKS], ids=[a[0] for a in ATTACKS]
)
def test_an_attack_is_named(step: str, error: type[DetenteError], attack: Attack) -> None:
    with pytest.raises(error) as refused:
        attack()
    assert refused.value.step == step


def logged(one: Holding) -> tuple[int, str, str]:
    return one.size, one.root().hex(), matching.digest(one.points())


def test_an_audit_passes_who_was_honest_and_names_who_was_not() -> None:
    matching.audit(CN, logged(CN), US.points(), CN.answer(US.points()))
    more = replace(CN, fingerprints=tuple(sorted([*CN.fingerprints, "cve:CVE-1999-0001"])))
    cheats = {
        "audit.1": lambda: matching.audit(more, logged(CN), US.points(), CN.answer(US.points())),
        "audit.2": lambda: matching.audit(
            CN, (*logged(CN)[:2], matching.digest(more.points())), US.points(), CN.answer(US.points())
        ),
        "audit.3": lambda: matching.audit(CN, logged(CN), US.points(), more.answer(CN.points())),
    }
    for step, cheat in cheats.items():
        with pytest.raises(BadProof) as refused:
            cheat()
        assert refused.value.step == step


# ── fingerprints


def test_a_text_says_by_what_it_may_be_matched() -> None:
    digest = "ab" * 32
    marks = fingerprint.of_text(
        f"cve-2026-1234 in {digest.upper()}, see https://www.Example.org/Report/ and CVE-26-1."
    )
    assert marks[:2] == (f"artefact:{digest}", "cve:CVE-2026-1234")
    assert [one for one in marks if not one.startswith("shingles:")][2:] == ["source:example.org/report"]


def test_a_retyped_text_meets_and_another_does_not() -> None:
    one = "An agent with access to the build server opened a reverse shell; the egress filter stopped it."
    retyped = one.replace("stopped", "Stopped").replace("build server", "build-server") + "  "
    other = "A vehicle's perception failed in heavy rain and the safety driver took over before the junction."
    assert fingerprint.alike(fingerprint.of_text(one), fingerprint.of_text(retyped)) == ("shingles",)
    assert fingerprint.alike(fingerprint.of_text(one), fingerprint.of_text(other)) == ()


def test_a_chinese_title_is_normalised_and_a_short_one_says_too_little() -> None:
    assert fingerprint.of_title("智能体越权访问构建服务器！") == fingerprint.of_title(
        "智能体 越权访问 构建服务器"
    )
    assert fingerprint.of_title("越权") == ()
