"""The scenarios of `benchmarks.under_fire`, one file a kind of fire: each returns its figures and what did not hold."""
