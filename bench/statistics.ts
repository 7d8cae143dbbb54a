import { fillNormals } from '../src/platform/math/normal-stream';
import { randomStream } from '../src/platform/math/random';
import { largestAdvantage } from '../src/metrics/advantage';
import { aucBootstrap } from '../src/metrics/auc-bootstrap';
import { rocCurve, tprAtFpr } from '../src/metrics/roc';
import { aucNull } from '../src/metrics/auc-null';

/** Binormal scores, half of them members with a mean of 1. */
function scored(n: number, step = 0): [Float64Array, Uint8Array] {
  const scores = new Float64Array(n);
  fillNormals(scores, randomStream({ seed: 1, role: 'evaluation', purpose: 'synthetic', step }));
  const members = Uint8Array.from(scores, (_, i) => i % 2);
  return [scores.map((score, i) => score + members[i]), members];
}

const workloads: Readonly<Record<string, () => () => void>> = {
  /** Exact curve, best cut and TPR at 0.1 % FPR of 1e6 records. */
  roc: () => {
    const [scores, members] = scored(1e6);
    return () => {
      const curve = rocCurve(scores, members);
      if (!(largestAdvantage(curve).advantage > 0.3 && tprAtFpr(curve, 0.001) > 0))
        throw new Error('wrong curve');
    };
  },
  /** 1,000 resamples of the AUC of 1e5 records. */
  bootstrap: () => {
    const [scores, members] = scored(1e5);
    return () => {
      const { low, high } = aucBootstrap(scores, members, { resamples: 1000 });
      if (!(low! > 0.75 && high! < 0.77)) throw new Error('wrong interval');
    };
  },
  /** The joint permutation null of 20 attacks on 2,000 records, 9,999 permutations. */
  permutations: () => {
    const attacks = Array.from({ length: 20 }, (_, a) => ({ scores: scored(2000, a)[0] }));
    const [, members] = scored(2000);
    return () => {
      if (aucNull(attacks, members).correctedPValues[0] > 0.01) throw new Error('wrong p');
    };
  },
};

/** Runs the workload named on the command line once and prints its seconds as JSON; the twin is twins/rank_statistics.py. */
function main(): void {
  const run = workloads[process.argv[2]]();
  const start = process.hrtime.bigint();
  run();
  process.stdout.write(`${JSON.stringify({ value: Number(process.hrtime.bigint() - start) / 1e9 })}\n`);
}
main();
