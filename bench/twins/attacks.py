"""numpy's twin of bench/attacks.ts: the same workloads, written the plain way."""

import json
import pathlib
import resource
import sys
import time

import numpy as np
import scipy.special
import scipy.stats

rng = np.random.default_rng(1)
FILE = pathlib.Path(__file__).parents[2] / "out" / "bench" / "lira-50000x128.npz"


def scaled_logits(z, labels):
    """z [n, K] -> ln(p_y / (1 - p_y)), stable."""
    z = z.astype(np.float64)
    rows = np.arange(len(labels))
    own = z[rows, labels]
    z[rows, labels] = -np.inf
    top = z.max(1)
    return own - top - np.log(np.exp(z - top[:, None]).sum(1))


def auc(scores, members):
    ranks = scipy.stats.rankdata(scores)
    m = members.sum()
    return (ranks[members].sum() - m * (m + 1) / 2) / (m * (len(members) - m))


def lira():
    def run():
        with np.load(FILE) as data:
            labels, members, logits = data["labels"], data["members"].astype(bool), data["logits"]
        phi = np.stack([scaled_logits(z, labels) for z in logits])
        inside = np.where(members[1:], phi[1:], np.nan)
        outside = np.where(members[1:], np.nan, phi[1:])
        scores = scipy.stats.norm.logpdf(phi[0], np.nanmedian(inside, 0), np.nanstd(inside, 0))
        scores -= scipy.stats.norm.logpdf(phi[0], np.nanmedian(outside, 0), np.nanstd(outside, 0))
        assert 0.6 < auc(scores, members[0]) < 0.75
        print(f"largest resident memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB", file=sys.stderr)

    return run


def rmia():
    """The naive form: a table of all records by all population records, 1,000 records at a time."""
    models, n, classes, size = 9, 50_000, 10, 10_000
    members = rng.random((models, n)) < 0.5
    labels, population_labels = np.arange(n) % classes, np.arange(size) % classes
    logits = rng.random((models, n, classes)) * 4
    logits[:, np.arange(n), labels] += 1 + members
    population = rng.random((models, size, classes)) * 4
    population[:, np.arange(size), population_labels] += 1

    p = scipy.special.softmax(logits, 2)[:, np.arange(n), labels]
    z = scipy.special.softmax(population, 2)[:, np.arange(size), population_labels]

    def run():
        # Records with models on one side only give warnings and NaN.
        inside = np.nanmean(np.where(members[1:], p[1:], np.nan), 0)
        outside = np.nanmean(np.where(members[1:], np.nan, p[1:]), 0)
        ratio = p[0] / ((inside + outside) / 2)
        against = z[0] / z[1:].mean(0)
        scores = np.concatenate(
            [(part[:, None] / against[None] >= 2).mean(1) for part in np.split(ratio, n // 1000)]
        )
        kept = ~np.isnan(ratio)
        assert 0.55 < auc(scores[kept], members[0][kept]) < 0.75

    return run


run = {"lira": lira, "rmia": rmia}[sys.argv[1]]()
began = time.perf_counter()
run()
print(json.dumps({"value": time.perf_counter() - began}))
