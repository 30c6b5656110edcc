"""What is exchanged: one folder per field of cooperation, all alike, none knowing another.

This room has no effects. Its folders act on one another only through the accord: duties, triggers, scales.
"""
