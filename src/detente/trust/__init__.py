"""What can be proven: bytes, keys, proofs and times in; a value or a named error out. No effects here."""
