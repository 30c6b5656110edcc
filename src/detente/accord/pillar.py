"""A pillar: one field of cooperation, as a folder hands it to the house.

A folder's `__init__.py` says one paragraph and `pillar: Pillar = Pillar(...)`; nothing there reads a file.
The folder's texts (`words.toml`, `ceilings.toml`, the sources and the examples) are read by the composition
root and attached by `detente.accord.edition.attach(pillar, texts)`, which is pure and gives the `Edition`
that an accord pins by digest.

    class Report(Kind, frozen=True):
        harm: Literal["none", "slight", "grave", "unknown"]
        systems: Annotated[tuple[Code, ...], Meta(max_length=8)]

    class ReportSealed(Sealed, frozen=True):
        narrative: Text

    class ReportFacts(Facts, frozen=True):
        level: Annotated[int, Meta(ge=0, le=7)]

    pillar: Pillar = Pillar(
        name="incidents",
        kinds={"report": KindSpec(open=Report, sealed=ReportSealed, facts=ReportFacts)},
        rules=Rules(judge=judge, tally=tally),
    )

The annotations that a struct may use are listed in `detente.accord.field`.

The texts of a folder, all required, keys as here:

words.toml      [pillar] en, zh, paragraph_en, paragraph_zh
                [kinds.report] en, zh               each kind
                [fields.harm] en, zh                each open, sealed and fact field: one meaning in a pillar
                [values.harm.none] en, zh           each value of each enumeration, by field
                [refusals.no-such-notice] en, zh    each code that judge may give
ceilings.toml   [report]                            each kind that has sealed paths
                narrative = ["clearinghouse"]       each sealed path; [] is nobody, ever
                Audiences: "peer" (a party without neutral roles) and the neutral roles "witness",
                "clearinghouse", "testing", "standards".
examples/x.json {"about": {en, zh}, "sources": [..], "thread": [draft..], "draft": draft, "refused": null}
                `refused` is the code, where the file's name ends in `_refused.json`.
                A draft is {"kind", "party", "open", "sealed", "at"?, "root"?}; a RecordId written "@0" is the
                first of `thread`, which is its root unless `root` names another. A sealed path left out is
                committed as absent.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from detente.accord.scale import Scale

MAX_SAFE = 2**53 - 1
TEXT_LIMIT = 4000

RecordId = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", max_length=64, extra={"ref": "record"})]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", max_length=64, extra={"ref": "digest"})]
PartyName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\Z", max_length=32, extra={"ref": "party"})]
Code = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:/_-]{0,63}\Z", max_length=64, extra={"ref": "code"})
]
Instant = Annotated[int, Meta(ge=0, le=MAX_SAFE)]
Text = Annotated[str, Meta(max_length=TEXT_LIMIT)]


class Kind(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The open fields of one kind: what every party always sees.

    Enumerations, bounded integers, booleans, references, and short lists of those; never free text. Every
    field is required; one that may be unstated is `X | None`, and says null. With the default None it may be
    left out as well, which says the same.
    """


class Sealed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sealed paths of one kind and the types of their values: always all committed, opened one by one.

    Free text is allowed here. Whether a value is there at all is sealed too (absent, unknown): see
    `trust.disclosure`.
    """


class Facts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What follows from a record that stands; the accord's rules read these as `facts.NAME`.

    Same annotations as `Kind`. A fact that does not follow is None: a rule that compares it does not grant.
    """


class NothingSealed(Sealed, frozen=True):
    """For a kind without sealed fields."""


class NoFacts(Facts, frozen=True):
    """For a kind from which no facts follow."""


class Refusal(Struct, frozen=True, order=True):
    """Why a record does not stand: a code of `[refusals]` in words.toml; the edition fills in the sentences.

    Args:
        code: lower-case words joined by hyphens, as `no-such-notice`.
        en: the sentence in English, filled in by `Edition.judge`.
        zh: the sentence in Chinese, filled in by `Edition.judge`.
    """

    code: str
    en: str = ""
    zh: str = ""


class Judgement(Struct, frozen=True):
    """Whether a record stands on its open view, why not, and which facts follow if it does."""

    stands: bool
    refusals: tuple[Refusal, ...]
    facts: Facts

    @classmethod
    def standing(cls, facts: Facts | None = None) -> "Judgement":
        """It stands, with these facts."""
        return cls(stands=True, refusals=(), facts=facts or NoFacts())

    @classmethod
    def refused(cls, *codes: str) -> "Judgement":
        """It does not stand, for these reasons (codes of words.toml)."""
        return cls(stands=False, refusals=tuple(Refusal(code) for code in codes), facts=NoFacts())


class Statement(Struct, frozen=True):
    """A record as a pillar sees it: its open view, typed.

    Args:
        id: hex id of the record.
        kind: `incidents.report`.
        party: its author.
        at: milliseconds since the epoch, by the author's clock: a claim.
        thread: id of the thread's root; None if the record starts a thread.
        open: the typed open fields; `isinstance` narrows it.
        facts: what followed when this statement itself was judged; NoFacts for the one being judged.
    """

    id: str
    kind: str
    party: str
    at: int
    thread: str | None
    open: Kind
    facts: Facts = NoFacts()


class Grounds(Struct, frozen=True):
    """What of the accord a pillar may see. Nothing here differs between two nodes under one accord.

    Args:
        parties: name to roles (`us`: {}, `neutral`: {"clearinghouse", …}).
        laboratories: name of a laboratory to the party that sponsors it.
        scales: by name, as the accord pins them; the severity scale is `severity`.
    """

    parties: Mapping[str, frozenset[str]]
    laboratories: Mapping[str, str]
    scales: Mapping[str, Scale]


# What a thread is to a judge: the thread's root and the records that this record's own RecordId fields name,
# if they stand, by id. Nothing that comes later can join it, so a judgement never changes (STANDING.md:
# standing is a join).
Thread = Mapping[str, Statement]
Table = Mapping[str, int]
Judge = Callable[[Statement, Thread, Grounds], Judgement]
Tally = Callable[[tuple[Statement, ...], Grounds], Table]
Contradicts = Callable[[Statement, str, object], bool]


class Rules(Struct, frozen=True):
    """The public names of a folder's `rules.py`, all pure.

    Args:
        judge: (statement, thread, grounds) -> Judgement.
        tally: (statements that stand, grounds) -> what may be counted in public, label to count.
        contradicts: (statement, sealed path, opened value) -> whether the value disagrees with what the
            statement declared in the open; None where nothing sealed can.
    """

    judge: Judge
    tally: Tally
    contradicts: Contradicts | None = None


class KindSpec(Struct, frozen=True, kw_only=True):
    """One kind of a pillar.

    Args:
        open: struct of the open fields.
        sealed: struct of the sealed paths.
        facts: struct of the facts that `judge` derives.
        answers: full names of the kinds that may be the root of the thread it answers; empty: it starts a
            thread.
        starts: whether it may start a thread although it may also answer.
    """

    open: type[Kind]
    sealed: type[Sealed] = NothingSealed
    facts: type[Facts] = NoFacts
    answers: tuple[str, ...] = ()
    starts: bool = False

    @property
    def may_start(self) -> bool:
        """Whether a record of this kind may have no thread."""
        return self.starts or not self.answers

    @property
    def paths(self) -> tuple[str, ...]:
        """The fixed set of sealed paths, sorted."""
        return tuple(sorted(self.sealed.__struct_fields__))


class Pillar(Struct, frozen=True, kw_only=True):
    """What a folder's code says of itself; its texts are attached by `accord.edition.attach`.

    Args:
        name: of the folder, `[a-z]+`.
        kinds: short name to its KindSpec; the full name is `pillar.short`.
        rules: judge and tally.
        scales: names of the accord's scales that its rules read; an accord with this pillar must pin them.
    """

    name: str
    kinds: Mapping[str, KindSpec]
    rules: Rules
    scales: tuple[str, ...] = ()
