"""What staff see of the site while it runs: ids through every line, metrics, readiness, crash reports."""
