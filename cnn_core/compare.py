"""The command `compare`: which settings of two runs differ, by how much their accuracy, and may that be chance."""

import argparse
import json
from dataclasses import asdict

from cnn_core import comparing, differences, runs
from cnn_core.commands import UsageError
from cnn_core.evaluation import comparison


def compare(options: argparse.Namespace) -> int:
    """Compare two runs: the settings that differ, and the difference of their accuracies on the same test images.

    Differences are the second run less the first. The interval is Newcombe's for paired proportions, the p value that
    of McNemar's exact test. Runs that were tested on different images cannot be compared.
    """
    a, b = runs.find_run(options.a), runs.find_run(options.b)
    if a.path == b.path:
        raise UsageError(f"compare needs two runs; both names mean {a.id!r}.")
    counts = comparing.compare(a, b)
    found = comparing.settings_that_differ(a, b)
    spread = comparing.spread(a, b, runs.list_runs())
    if options.json:
        seeds = {"n": spread.n, "sd": spread.sd, "widest": spread.widest} if spread else None
        told = {"runs": [a.id, b.id], "differences": [asdict(difference) for difference in found]}
        print(json.dumps(told | {"is_confounded": differences.is_confounded(found)} | _figures(counts, seeds)))
        return 0
    print(f"A: {a.title}\nB: {b.title}\n\n{differences.headline(found)}")
    for difference in found:
        print(f"  {difference.setting}: {difference.a} against {difference.b}")
    sentences = (
        differences.consequence(found),
        comparison.describe_interval(counts),
        comparison.describe_test(counts),
        comparing.describe_spread(a, b, counts.difference, spread),
    )
    print("", *sentences, sep="\n")
    return 0


def _figures(counts: comparison.Paired, seeds: dict[str, float] | None) -> dict[str, object]:
    return {
        "n": counts.n,
        "accuracy": [counts.accuracy_a, counts.accuracy_b],
        "difference": counts.difference,
        "interval": list(comparison.interval(counts)),
        "method": comparison.METHOD,
        **asdict(counts),
        "mcnemar_p": comparison.mcnemar(counts),
        "seeds": seeds,
    }
