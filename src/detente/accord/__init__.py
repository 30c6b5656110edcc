"""What was agreed: the accord document, its rules, the gate, and what follows from the logs.

This room has no effects: no clock, randomness, files, sockets or threads. It imports trust and nothing else
of the house.
"""
