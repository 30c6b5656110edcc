"""What measures, and so produces evidence: evaluations, scans, estimates. Imports trust and accord alone."""
