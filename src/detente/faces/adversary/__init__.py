"""The adversary: a program with keys of its own that attacks nodes, so that each attack is seen to fail."""
