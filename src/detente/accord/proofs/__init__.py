"""Proofs about an accord's rules: each property proven, refuted with a case, or undecided with the reason.

Needs z3-solver (the extra `prove`), which a node never loads: nothing outside this room imports it but the
face that asks. Pure, as the room around it.
"""
