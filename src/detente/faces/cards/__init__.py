"""Safety cards: made from results, checked before a release, printed, and exported to others' formats."""
