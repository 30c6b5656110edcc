"""What measures and so produces evidence: evaluations, suggestions, leaks. Imports trust and accord alone."""
