"""The key safe: short-lived keys to which others seal, announced in the own log, destroyed after use.

What was sealed to a key can be read for as long as its seed exists. So a key lives for days, a new one is
announced when half of its life is over, and a seed is destroyed when nothing can come to it any more.
"""

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass

from detente.accord.terms import Terms
from detente.node import store
from detente.node.draft import Draft, Tabled
from detente.node.library import Library
from detente.node.realm import Realm
from detente.node.tabling import Tabling
from detente.node.writer import Batch
from detente.trust import recipient
from detente.trust.errors import DetenteError
from detente.trust.recipient import MAX_LIFE, SEED_BYTES, OpeningKey, Recipient

KIND = "accord.announce"


@dataclass
class KeySafe:
    """The keys to open with of one realm.

    Attributes:
        realm: where they are kept and announced.
        tabling: how they are announced.
        library: the announcements of all.
        terms: of the accord; a seed outlives its key by the term for handing over.
        life: how long a key lives, in milliseconds.
        draw: the source of randomness.
    """

    realm: Realm
    tabling: Tabling
    library: Library
    terms: Terms
    life: int
    draw: Callable[[int], bytes] = os.urandom

    def renew(self) -> Tabled | None:
        """Announce a new key if half of the newest one's life is over, and destroy those that are past.

        Raises:
            As `Tabling.table`.
        """
        now = self.realm.clock.now()
        self.realm.writer.settle(lambda batch: self._destroy(batch, now))
        life = min(self.life, MAX_LIFE)
        row = self.realm.readers.conn.execute(
            "SELECT max(until) FROM secret WHERE domain = ?", (self.realm.domain,)
        ).fetchone()
        if row[0] is not None and int(row[0]) > now + life // 2:
            return None
        seed = self.draw(SEED_BYTES)
        return self.realm.writer.do(lambda batch: self._announce(batch, seed, life))

    def keys(self) -> dict[str, OpeningKey]:
        """Return keyid to key, of those that are still held."""
        rows = self.realm.readers.conn.execute(
            "SELECT seed, until FROM secret WHERE domain = ?", (self.realm.domain,)
        )
        found = [OpeningKey.from_seed(self.realm.party, bytes(seed), int(until)) for seed, until in rows]
        return {one.recipient.keyid: one for one in found}

    def newest(self, party: str, at: int) -> Recipient:
        """Return the key to seal to for a party at a time.

        Raises:
            NotValidThen: `recipient.6`: none lives.
        """
        rows = self.realm.readers.conn.execute(
            "SELECT e.id FROM entry e JOIN body b ON b.id = e.id"
            " WHERE e.log = ? AND b.kind = ?"
            " AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.log = e.log AND m.idx = e.idx)"
            " ORDER BY e.idx DESC LIMIT 8",
            (self.realm.log(party), KIND),
        )
        found = [one for row in rows if (one := self._announced(party, bytes(row[0]).hex())) is not None]
        return recipient.newest(reversed(found), at)

    def _announced(self, party: str, name: str) -> Recipient | None:
        entry = self.library[name]
        try:
            return recipient.announced(party, str(entry.open["key"]), entry.at, int(entry.open["expires"]))
        except DetenteError:
            return None

    def _announce(self, batch: Batch, seed: bytes, life: int) -> Tabled:
        until = self.realm.clock.now() + life
        key = OpeningKey.from_seed(self.realm.party, seed, until)
        public = base64.b64encode(key.recipient.public).decode()
        batch.conn.execute(
            "INSERT INTO secret (domain, name, seed, until) VALUES (?, ?, ?, ?)",
            (self.realm.domain, key.recipient.keyid, seed, until),
        )
        draft = Draft(
            kind=KIND,
            open={"key": public, "expires": until},
            nonce=self.draw(16).hex(),
            domain=self.realm.domain,
        )
        return self.tabling.write(batch, draft)

    def _destroy(self, batch: Batch, now: int) -> None:
        past = now - self.terms.tempo.hand_over - self.terms.tempo.tolerance
        gone = batch.conn.execute(
            "DELETE FROM secret WHERE domain = ? AND until < ?", (self.realm.domain, past)
        )
        if gone.rowcount:
            # The journal has the seed until it is emptied.
            batch.later("forget", store.forget)
