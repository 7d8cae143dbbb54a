"""numpy's and scikit-learn's twin of bench/statistics.ts: the same workloads, written the plain way."""

import json
import sys
import time

import numpy as np
import scipy.stats
import sklearn.metrics

rng = np.random.default_rng(1)


def scored(n):
    members = np.arange(n) % 2
    return rng.normal(size=n) + members, members


def roc():
    scores, members = scored(10**6)

    def run():
        fpr, tpr, _ = sklearn.metrics.roc_curve(members, scores, drop_intermediate=False)
        assert (tpr - fpr).max() > 0.3 and tpr[fpr <= 0.001].max() > 0

    return run


def bootstrap():
    scores, members = scored(10**5)
    x, y = np.sort(scores[members == 1]), np.sort(scores[members == 0])

    def run():
        # One merge beforehand; a resample is two multinomial draws and a running sum.
        below = np.searchsorted(y, x)
        areas = np.empty(1000)
        for b in range(1000):
            drawn = np.bincount(rng.integers(0, len(y), len(y)), minlength=len(y))
            placed = np.concatenate([[0], np.cumsum(drawn)])[below]
            areas[b] = placed[rng.integers(0, len(x), len(x))].mean() / len(y)
        low, high = np.quantile(areas, [0.025, 0.975])
        assert low > 0.75 and high < 0.77

    return run


def permutations():
    attacks = np.stack([scored(2000)[0] for _ in range(20)])
    members = np.arange(2000) % 2

    def run():
        ranks = scipy.stats.rankdata(attacks, axis=1)
        ranks = (ranks - ranks.mean(1, keepdims=True)).T / ranks.std(1)
        largest = np.empty(9999)
        for b in range(9999):
            largest[b] = ranks[rng.permutation(2000)[:1000]].sum(0).max()
        assert (largest >= ranks[members == 1].sum(0)[0]).mean() < 0.01

    return run


run = {"roc": roc, "bootstrap": bootstrap, "permutations": permutations}[sys.argv[1]]()
began = time.perf_counter()
run()
print(json.dumps({"value": time.perf_counter() - began}))
