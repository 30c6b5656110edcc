"""What measures, and so produces evidence: evaluations, scans, estimates. Empty yet; its place is fixed."""
