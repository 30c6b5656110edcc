"""The confidential desk: nothing vanishes, nobody in between reads, identity is kept apart."""

import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest
from confiding import ADA, BO, KEEPER, NOW, Desk, code, founded, opener, sealed

from detente.node import doctor
from detente.node.confidence import attachment, card, letter, message, reading, stamp, thread, watch
from detente.node.confidence.cabinet import DAY, Cabinet
from detente.node.confidence.card import Card
from detente.node.confidence.code import REPORTER, Code
from detente.node.confidence.entry import Entry
from detente.node.confidence.message import Message
from detente.node.errors import NoSuchThing
from detente.trust.errors import (
    BadOpening,
    BadSignature,
    Contradiction,
    DetenteError,
    Malformed,
    NotValidThen,
    TooLarge,
    WrongContext,
    WrongKey,
)

WHO = "研究员，电话 +86 10 5555 0100"
ACCOUNT = "XYZZY-the-one-phrase-to-look-for"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"IEND\xaeB`\x82"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return founded(tmp_path / "home")


def ask(desk: Desk, entry: Entry, text: str, **named: str) -> bytes:
    """Return an officer's message, sealed to the reporter and the officers."""
    report = reading.report(desk.cabinet, entry, ADA)
    made = Message(lookup=entry.lookup, at=NOW, writer=ADA.name, text=text, **{"act": "question", **named})
    return message.seal(
        made, ADA.signer, (*desk.card.readers(), report.reply.recipient()), desk.card.digest, NOW
    )


def test_a_report_is_read_by_either_officer_and_by_no_keeper(desk: Desk) -> None:
    desk.counter.take(sealed(desk, identity=WHO, files={"log.txt": b"line\n"}), "form")
    entry = desk.cabinet.entry(1)
    for one in (ADA, BO):
        found = reading.report(desk.cabinet, entry, one)
        assert found.title == "模型绕过了关停指令"
        assert [(f.name, f.kind, f.data) for f in reading.files(desk.cabinet, entry, one, found)] == [
            ("log.txt", "text", b"line\n")
        ]
    with pytest.raises(WrongKey, match=r"sealing\.8"):
        reading.report(desk.cabinet, entry, KEEPER)


def test_an_identity_is_read_by_a_keeper_alone_and_reading_it_is_logged(desk: Desk) -> None:
    desk.counter.take(sealed(desk, identity=WHO), "form")
    entry = desk.cabinet.entry(1)
    with pytest.raises(WrongKey, match=r"sealing\.8"):
        reading.identity(desk.cabinet, entry, ADA, "curious")
    assert [one.act for one in desk.cabinet.acts()] == ["arrived"]
    assert reading.identity(desk.cabinet, entry, KEEPER, "to call back") == WHO
    assert [(one.act, one.by, one.note) for one in desk.cabinet.acts(1)][-1] == (
        "identity-read",
        "keeper-1",
        "to call back",
    )


def test_nothing_that_lies_at_the_desk_shows_a_word_of_the_report_or_the_code(desk: Desk) -> None:
    desk.counter.take(sealed(desk, identity=WHO, account=ACCOUNT), "form")
    desk.cabinet.post(1, "intake", ask(desk, desk.cabinet.entry(1), ACCOUNT), "asked", ADA.name)
    lying = b"".join(one.read_bytes() for one in desk.cabinet.path.rglob("*") if one.is_file())
    secret = [ACCOUNT.encode(), "关停".encode(), WHO.encode(), code(1).raw, code(1).text.encode()]
    assert [one for one in secret if one in lying] == []


def test_a_receipt_is_stamped_at_once_and_given_again_for_the_same_letter(desk: Desk) -> None:
    data = sealed(desk)
    receipt = desk.counter.take(data, "form")
    desk.clock.advance(DAY)
    assert desk.counter.take(data, "form") == receipt
    found = stamp.check(receipt, desk.card.stamp, letter.parse(data).digest)
    assert (found.number, found.use, found.received) == (1, "learning_only", stamp.second(NOW))
    assert len(desk.cabinet.entries()) == 1
    with pytest.raises(WrongContext, match=r"stamp\.2"):
        stamp.check(receipt, desk.card.stamp, "0" * 64)
    with pytest.raises(BadSignature):
        stamp.check(receipt.replace(b"number 1\n", b"number 2\n"), desk.card.stamp)


def test_a_code_has_one_report(desk: Desk) -> None:
    desk.counter.take(sealed(desk), "form")
    with pytest.raises(Contradiction, match=r"cabinet\.4"):
        desk.counter.take(sealed(desk), "form")


def test_a_report_that_is_dropped_later_breaks_the_chain_that_its_receipt_names(desk: Desk) -> None:
    receipts = [desk.counter.take(sealed(desk, n), "form") for n in (1, 2, 3)]
    assert desk.cabinet.broken() == ""
    assert stamp.parse(receipts[2]).chain == stamp.linked(
        stamp.parse(receipts[1]).chain, 3, stamp.parse(receipts[2]).letter
    )
    desk.cabinet.conn.execute("DELETE FROM report WHERE number = 2")
    assert desk.cabinet.broken() == "report 2"


def test_an_act_that_is_taken_out_of_the_log_is_missed(desk: Desk) -> None:
    desk.counter.take(sealed(desk, identity=WHO), "form")
    reading.identity(desk.cabinet, desk.cabinet.entry(1), KEEPER, "to call back")
    desk.cabinet.log(1, "opened", ADA.name)
    desk.cabinet.conn.execute("DELETE FROM act WHERE act = 'identity-read'")
    assert desk.cabinet.broken() == "act 2"


def test_questions_and_answers_need_the_code_and_nothing_else(desk: Desk) -> None:
    desk.counter.take(sealed(desk), "form")
    entry = desk.cabinet.entry(1)
    desk.cabinet.post(1, "intake", ask(desk, entry, "哪个版本？"), "asked", ADA.name)
    mine, signers = code(1), {one.name: one.verifier() for one in desk.card.card.officers}
    opener_ = mine.opener()
    by = (REPORTER, {opener_.recipient.keyid: opener_})
    posted = desk.cabinet.thread(desk.cabinet.find(mine.lookup).number)
    told = message.opened(posted[0].package, mine.lookup, by, signers, NOW)
    assert (told.text, told.writer) == ("哪个版本？", "duty-1")
    answer = Message(
        lookup=mine.lookup, at=NOW, writer=REPORTER, act="answer", text="第二版。", after=posted[0].digest
    )
    readers = (*desk.card.readers(), opener_.recipient)
    package = message.seal(answer, mine.signer(), readers, desk.card.digest, NOW)
    message.check_package(package, mine.lookup, REPORTER)
    assert desk.cabinet.post(1, "reporter", package, "answered", REPORTER) == 2
    assert desk.cabinet.post(1, "reporter", package, "answered", REPORTER) == 2
    report = reading.report(desk.cabinet, entry, BO)
    read = reading.thread(desk.cabinet, entry, BO, (report, desk.card))
    assert [one.text for _, one in read] == ["哪个版本？", "第二版。"]
    assert read[1][1].after == read[0][0]


def test_a_desk_without_keys_can_neither_forge_a_question_nor_an_answer(desk: Desk) -> None:
    desk.counter.take(sealed(desk), "form")
    entry, forger = desk.cabinet.entry(1), opener("duty-1x")
    report = reading.report(desk.cabinet, entry, ADA)
    readers = (*desk.card.readers(), report.reply.recipient())
    for writer in ("duty-1", REPORTER):
        forged = Message(lookup=entry.lookup, at=NOW, writer=writer, act="answer", text="Forget it.")
        package = message.seal(forged, forger.signer, readers, desk.card.digest, NOW)
        desk.cabinet.post(1, "intake", package, "asked", "nobody")
        with pytest.raises(WrongKey, match=r"envelope\.8"):
            reading.thread(desk.cabinet, entry, ADA, (report, desk.card))
        desk.cabinet.conn.execute("DELETE FROM message")


def test_an_officer_cannot_write_as_another_nor_as_the_reporter(desk: Desk) -> None:
    desk.counter.take(sealed(desk), "form")
    entry = desk.cabinet.entry(1)
    report = reading.report(desk.cabinet, entry, ADA)
    readers = (*desk.card.readers(), report.reply.recipient())
    for writer in ("duty-2", REPORTER):
        forged = Message(lookup=entry.lookup, at=NOW, writer=writer, act="answer", text="Never mind.")
        package = message.seal(forged, ADA.signer, readers, desk.card.digest, NOW)
        desk.cabinet.post(1, "intake", package, "asked", "duty-1")
        with pytest.raises(WrongContext, match=r"message\.4"):
            reading.thread(desk.cabinet, entry, ADA, (report, desk.card))
        desk.cabinet.conn.execute("DELETE FROM message")


def test_an_identity_is_destroyed_when_due_logged_and_not_under_legal_hold(desk: Desk) -> None:
    desk.counter.take(sealed(desk, identity=WHO), "form")
    assert desk.cabinet.due() == []
    desk.clock.advance(180 * DAY)
    assert [one.number for one in desk.cabinet.due()] == [1]
    desk.cabinet.hold(1, "court order 7", "duty-1")
    with pytest.raises(Malformed, match=r"cabinet\.8"):
        desk.cabinet.destroy(1, "duty-1")
    assert desk.cabinet.safe.holds(1)
    desk.cabinet.hold(1, "", "duty-1")
    assert desk.cabinet.destroy(1, "duty-1")
    assert not desk.cabinet.safe.holds(1)
    assert not desk.cabinet.destroy(1, "duty-1")
    with pytest.raises(NoSuchThing, match=r"safe\.1"):
        reading.identity(desk.cabinet, desk.cabinet.entry(1), KEEPER, "late")
    assert [one.act for one in desk.cabinet.acts(1)] == ["arrived", "held", "released", "identity-destroyed"]
    assert desk.cabinet.due() == []
    reading.report(desk.cabinet, desk.cabinet.entry(1), ADA)


def test_a_destruction_that_was_interrupted_is_due_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.counter.take(sealed(desk, identity=WHO), "form")
    with monkeypatch.context() as cut:
        cut.setattr(Path, "unlink", lambda *_: (_ for _ in ()).throw(OSError(5, "power cut")))
        with pytest.raises(DetenteError, match=r"disk\.1"):
            desk.cabinet.destroy(1, "duty-1")
    assert [one.number for one in desk.cabinet.due()] == [1]
    assert desk.cabinet.destroy(1, "duty-1")
    assert desk.cabinet.due() == []


def test_what_a_power_cut_left_in_the_safe_is_nobody_elses_identity(desk: Desk) -> None:
    desk.cabinet.safe.put(1, b"of a letter that got no receipt")
    desk.counter.take(sealed(desk), "form")
    assert not desk.cabinet.safe.holds(1)


def test_two_processes_at_one_desk_give_each_letter_a_number_of_its_own(desk: Desk) -> None:
    other = Cabinet.open(desk.cabinet.path.parent, desk.clock)
    desk.counter.take(sealed(desk, 1), "form")
    type(desk.counter).at(other).take(sealed(desk, 2), "sealed")
    assert [one.number for one in desk.cabinet.entries()] == [1, 2]
    other.close()


def test_a_letter_sealed_by_another_desks_card_is_refused(desk: Desk, tmp_path: Path) -> None:
    elsewhere = founded(tmp_path / "other")
    with pytest.raises(WrongContext, match=r"counter\.2"):
        desk.counter.take(sealed(elsewhere), "sealed")


def test_a_letter_that_leaves_an_officer_out_or_lets_another_read_is_refused(desk: Desk) -> None:
    fewer = Card(**{**_fields(desk.card.card), "officers": (ADA.public,)})
    lopsided = Desk(desk.cabinet, desk.clock, card.Signed(fewer, b"", desk.card.digest))
    with pytest.raises(WrongContext, match=r"letter\.9"):
        desk.counter.take(sealed(lopsided), "sealed")


def _fields(found: Card) -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__struct_fields__}


def test_a_part_does_not_open_in_another_letter_or_under_another_promise(desk: Desk) -> None:
    data = sealed(desk)
    head, wider = b'"use":"learning_only"', b'"use":"any_lawful"'
    size = int.from_bytes(data[len(letter.MAGIC) : len(letter.MAGIC) + 4])
    start = len(letter.MAGIC) + 4
    header = data[start : start + size].replace(head, wider)
    with pytest.raises(WrongContext, match=r"letter\.7"):
        desk.counter.take(letter.MAGIC + len(header).to_bytes(4) + header + data[start + size :], "sealed")


def test_a_letter_whose_package_was_altered_is_kept_and_does_not_open(desk: Desk) -> None:
    report = letter.parse(sealed(desk))
    bent = report.packages[0][:-1] + bytes([report.packages[0][-1] ^ 1])
    made = letter.Part(len(bent), "report", sha256(bent).hexdigest())
    header = letter.Header(**{**_header(report.header), "parts": (made,)})
    with pytest.raises(BadOpening, match=r"sealing\.13"):
        letter.opened(header, 0, bent, (ADA.name, ADA.keys), NOW)


def _header(found: letter.Header) -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__struct_fields__}


def test_nothing_is_sealed_by_a_card_that_has_ended(desk: Desk) -> None:
    desk.clock.advance(90 * DAY)
    with pytest.raises(NotValidThen, match=r"card\.6"):
        sealed(desk)


def test_a_card_with_a_foreign_stamp_or_a_shared_key_is_refused(desk: Desk) -> None:
    with pytest.raises((BadSignature, WrongKey)):
        card.parse(desk.card.data.replace(b'"days":180', b'"days":3600'))
    shared = Card(**{**_fields(desk.card.card), "keepers": (ADA.keeper,)})
    with pytest.raises(Malformed, match=r"card\.4"):
        desk.counter.publish(shared)


def test_the_next_card_must_bear_the_stamp_that_is_known(desk: Desk, tmp_path: Path) -> None:
    after = Card(**{**_fields(desk.card.card), "serial": 2})
    desk.counter.publish(after).check_follows(desk.card)
    with pytest.raises(WrongKey, match=r"note\.9"):
        founded(tmp_path / "other").counter.publish(
            Card(**{**_fields(founded(tmp_path / "third").card.card), "serial": 2, "stamp": _stamp(tmp_path)})
        ).check_follows(desk.card)


def _stamp(tmp_path: Path) -> str:
    return founded(tmp_path / "fourth").counter.vkey("neutral")


def refused(text: str) -> str:
    """Return at which check a code is refused, or nothing."""
    try:
        Code.parse(text)
    except Malformed as error:
        return error.step
    return ""


def test_a_code_survives_hands_that_type_and_not_their_slips() -> None:
    text = Code(bytes(range(16))).text
    assert Code.parse(text.lower().replace("-", "  ").replace("0", "o").replace("1", "l")).raw == bytes(
        range(16)
    )
    assert repr(Code(bytes(16))) == "Code()"
    slips = [
        text[:at] + ("Z" if one != "Z" else "Y") + text[at + 1 :] for at, one in enumerate(text) if one != "-"
    ]
    caught = [slip for slip in slips if refused(slip) == "code.2"]
    assert len(caught) >= len(slips) - 1
    with pytest.raises(Malformed, match=r"code\.1"):
        Code.parse(text[:-1])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04" + b"\0" * 60, "ZIP archive"),
        (b"\x1f\x8b\x08" + b"\0" * 60, "gzip"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 60, "7-Zip"),
        (b"\0" * 257 + b"ustar" + b"\0" * 200, "tar"),
        (b"\x7fELF" + b"\0" * 60, "program"),
        (b"MZ" + b"\0" * 60, "program"),
        (PNG[:-8] + b"PK\x05\x06" + b"\0" * 18 + PNG[-8:], "at once"),
        (PNG + b"more", "no kind"),
        (b"\xff\xfe\x00\x01", "no kind"),
        (b"text\x00with a zero", "no kind"),
    ],
)
def test_archives_programs_and_chimeras_are_refused_by_what_they_are(data: bytes, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        attachment.kind(data)


def test_what_is_taken_is_typed_by_content_and_its_name_steers_nothing() -> None:
    assert attachment.kind(PNG) == "png"
    assert attachment.kind("日志\n".encode()) == "text"
    assert attachment.kind(b"<script>alert(1)</script>") == "text"
    assert attachment.kind(b"%PDF-1.7\n%%EOF\n") == "pdf"
    with pytest.raises(TooLarge, match=r"attachment\.1"):
        attachment.kind(b"a" * (attachment.MAX_BYTES + 1))
    assert attachment.shown_name("../../etc/passwd") == "passwd"
    assert attachment.shown_name("C:\\temp\\..\\x\u202egpj.exe\n") == "xgpj.exe"
    assert attachment.shown_name("/") == "file"
    assert len(attachment.shown_name("a" * 999)) == attachment.MAX_NAME


def test_a_letter_that_lies_about_its_lengths_is_refused_before_it_is_read(desk: Desk) -> None:
    data = sealed(desk)
    huge = letter.MAGIC + b"\xff\xff\xff\xff" + data[len(letter.MAGIC) + 4 :]
    for bent, step in (
        (huge, "letter.2"),
        (data[:-1], "letter.5"),
        (data + b"x", "letter.5"),
        (b"", "letter.2"),
    ):
        with pytest.raises(Malformed, match=step):
            letter.parse(bent)
    with pytest.raises(TooLarge, match=r"letter\.1"):
        letter.parse(bytes(letter.MAX_BYTES + 1))


def test_a_database_that_refuses_gives_no_receipt(desk: Desk) -> None:
    data = sealed(desk)
    counter = desk.counter
    desk.cabinet.conn.close()
    with pytest.raises(DetenteError, match=r"store\.1"):
        counter.take(data, "form")
    with sqlite3.connect(desk.cabinet.path / "cabinet.db") as conn:
        assert conn.execute("SELECT count(*) FROM report").fetchone() == (0,)
    conn.close()


def _symptoms(desk: Desk) -> list[tuple[str, str]]:
    return [
        (one.symptom, one.facts.get("count", ""))
        for one in watch.examine(desk.cabinet.path.parent, desk.clock)
    ]


def test_the_doctor_says_once_what_waits_what_is_past_its_date_and_what_a_hold_keeps(desk: Desk) -> None:
    for n in (1, 2, 3):
        desk.counter.take(sealed(desk, n, identity=WHO), "form")
    assert _symptoms(desk) == []
    desk.clock.advance(7 * DAY)
    assert _symptoms(desk) == [("report-waits", "3")]
    for n in (1, 2, 3):
        reading.report(desk.cabinet, desk.cabinet.entry(n), ADA)
    desk.cabinet.hold(2, "court order 7", "duty-1")
    assert _symptoms(desk) == []
    desk.clock.advance(76 * DAY)
    assert _symptoms(desk) == [("card-ends", "")]
    desk.clock.advance(100 * DAY)
    assert _symptoms(desk) == [("identity-overdue", "2"), ("identity-held", "1"), ("card-ends", "")]


def test_the_doctor_finds_a_chain_that_breaks_and_a_desk_that_cannot_be_read(desk: Desk) -> None:
    for n in (1, 2):
        desk.counter.take(sealed(desk, n), "form")
    desk.cabinet.conn.execute("DELETE FROM report WHERE number = 1")
    assert _symptoms(desk) == [("desk-broken", "")]
    desk.cabinet.conn.execute("PRAGMA user_version=99")
    assert _symptoms(desk) == [("desk-broken", "")]


def test_the_doctor_of_a_home_without_a_node_looks_at_the_desk_alone(desk: Desk) -> None:
    assert doctor.examine(desk.cabinet.path.parent, {}, clock=desk.clock) == ()
    desk.clock.advance(90 * DAY)
    found = doctor.examine(desk.cabinet.path.parent, {}, clock=desk.clock)
    assert [one.symptom for one in found] == ["card-ends"]


def test_an_answer_that_no_officer_reads_is_found_too(desk: Desk) -> None:
    desk.counter.take(sealed(desk), "form")
    entry = desk.cabinet.entry(1)
    desk.cabinet.post(1, "intake", ask(desk, entry, "Which?"), "asked", ADA.name)
    package = thread.answer(code(1), desk.card, "The second.", "", NOW)
    desk.cabinet.post(1, "reporter", package, "answered", REPORTER)
    desk.clock.advance(7 * DAY)
    assert _symptoms(desk) == [("report-waits", "1")]
    reading.report(desk.cabinet, entry, BO)
    assert _symptoms(desk) == []
