"""The confidential desk: only the intake officers read what is reported, only the reporter reads the answers.

    code        what a reporter keeps: it finds the report, opens the answers and signs the replies
    card        what a party publishes: to whom reports are sealed, and whose stamp a receipt bears
    report      what is said, in words
    attachment  what a file is, by its content
    letter      the sealed file, from the reporter's machine to the desk
    stamp       the receipt
    message     questions and answers, each sealed and signed
    cabinet     what arrived and what became of it: H/confidence/cabinet.db
    counter     where letters are handed in: it has the stamp, and no key that opens anything
    officer     an officer's keys, on the officer's machine
    reading     what an officer with keys sees
    safe        identities, apart and sealed to other keys: H/confidence/identities/

Nothing here opens a report without an officer's private key, and none lies on a node.
"""
