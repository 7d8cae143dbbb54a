import { countBelow } from '../../metrics/sorted-sides';
import { randomStream, type RandomStream } from '../../platform/math/random';
import type { FeatureRows, Lesson } from './lesson';

export interface ForestOptions {
  readonly trees: number;
  /** Fewest records in a leaf. */
  readonly leaf: number;
  /** Largest number of cuts tried a feature, at most 255: evenly spaced among its sorted values. */
  readonly cuts: number;
  readonly seed: number;
}

/** Nodes of one tree; a leaf has feature -1. A row goes left, to the next node, if its feature is <= cut. */
interface Tree {
  readonly feature: number[];
  readonly cut: number[];
  readonly right: number[];
  /** Share of members, of leaves. */
  readonly share: number[];
}

/** The lesson with each feature as the number of cuts below it. */
interface Coded {
  readonly n: number;
  readonly codes: readonly Uint8Array[];
  readonly cuts: readonly Float64Array[];
  readonly members: Uint8Array;
}

/**
 * Random forest (Breiman 2001): trees on bootstrap samples, the square root of the number of features tried at each node
 * (more until one of them splits), Gini impurity, grown until a side would have fewer than `leaf` records. Cuts lie among
 * at most `cuts` quantiles of each feature. The score is the mean over trees of the member share of the row's leaf, as
 * scikit-learn's predict_proba.
 *
 * @returns a function from rows to shares in [0, 1], [n]
 */
export function forestFit(
  { rows, members }: Lesson,
  options: ForestOptions,
): (rows: FeatureRows) => Float64Array {
  const coded = codesOf(rows, members, options.cuts);
  const trees = Array.from({ length: options.trees }, (_, step) =>
    growTree(
      coded,
      options.leaf,
      randomStream({ seed: options.seed, role: 'evaluation', purpose: 'bootstrap', step }),
    ),
  );
  return ({ n, width, values }) => {
    const out = new Float64Array(n);
    for (const tree of trees) {
      const [cut, share] = [tree.cut, tree.share].map((own) => Float64Array.from(own));
      const [feature, right] = [tree.feature, tree.right].map((own) => Int32Array.from(own));
      for (let i = 0, start = 0; i < n; i++, start += width) {
        let node = 0;
        for (let j = feature[0]; j >= 0; j = feature[node])
          node = values[start + j] <= cut[node] ? node + 1 : right[node];
        out[i] += share[node];
      }
    }
    return out.map((sum) => sum / trees.length);
  };
}

function codesOf({ n, width, values }: FeatureRows, members: Uint8Array, most: number): Coded {
  const cuts: Float64Array[] = [];
  const codes: Uint8Array[] = [];
  for (let j = 0; j < width; j++) {
    const column = Float64Array.from({ length: n }, (_, i) => values[i * width + j]);
    const own = cutsOf(Float64Array.from(column).sort(), most);
    cuts.push(own);
    codes.push(Uint8Array.from(column, (value) => countBelow(own, value)));
  }
  return { n, codes, cuts, members };
}

/** Values halfway between neighbors of different value, at most `most` of them, evenly spaced by rank. */
function cutsOf(sorted: Float64Array, most: number): Float64Array {
  const found: number[] = [];
  for (let c = 1; c <= most; c++) {
    let at = Math.round((c * sorted.length) / (most + 1));
    while (at < sorted.length && sorted[at] === sorted[at - 1]) at++;
    if (at < 1 || at >= sorted.length) continue;
    // The lower neighbor where no number lies between the two.
    const middle = sorted[at - 1] / 2 + sorted[at] / 2;
    const cut = middle < sorted[at] ? middle : sorted[at - 1];
    if (found.length === 0 || cut > found[found.length - 1]) found.push(cut);
  }
  return Float64Array.from(found);
}

function growTree(coded: Coded, leaf: number, stream: RandomStream): Tree {
  const tree: Tree = { feature: [], cut: [], right: [], share: [] };
  const sample = Int32Array.from({ length: coded.n }, () => stream.below(coded.n));
  const grow = (records: Int32Array): number => {
    const node = tree.feature.length;
    const count = records.reduce((sum, i) => sum + coded.members[i], 0);
    tree.feature.push(-1);
    tree.cut.push(0);
    tree.right.push(0);
    tree.share.push(count / records.length);
    if (count === 0 || count === records.length || records.length < 2 * leaf) return node;
    const split = bestSplit(coded, records, count, leaf, stream);
    if (split === undefined) return node;
    const { feature, code } = split;
    const isLeft = (i: number): boolean => coded.codes[feature][i] <= code;
    tree.feature[node] = feature;
    tree.cut[node] = coded.cuts[feature][code];
    grow(records.filter(isLeft));
    tree.right[node] = grow(records.filter((i) => !isLeft(i)));
    return node;
  };
  grow(sample);
  return tree;
}

/** The cut with the least impurity among some features; undefined where none leaves enough records on both sides. */
function bestSplit(
  coded: Coded,
  records: Int32Array,
  count: number,
  leaf: number,
  stream: RandomStream,
): { readonly feature: number; readonly code: number } | undefined {
  const { codes, cuts, members } = coded;
  const tried = Math.max(1, Math.floor(Math.sqrt(codes.length)));
  let best: { feature: number; code: number } | undefined;
  let highest = -Infinity;
  const order = stream.permutation(codes.length);
  for (let k = 0; k < order.length && (k < tried || best === undefined); k++) {
    const feature = order[k];
    const size = cuts[feature].length + 1;
    const all = new Int32Array(size);
    const inside = new Int32Array(size);
    for (const i of records) {
      all[codes[feature][i]]++;
      inside[codes[feature][i]] += members[i];
    }
    let left = 0;
    let leftMembers = 0;
    for (let code = 0; code < size - 1; code++) {
      left += all[code];
      leftMembers += inside[code];
      const right = records.length - left;
      if (left < leaf || right < leaf) continue;
      // The weighted Gini impurity of the two sides falls as this sum of squared shares rises.
      const purity =
        (leftMembers ** 2 + (left - leftMembers) ** 2) / left +
        ((count - leftMembers) ** 2 + (right - count + leftMembers) ** 2) / right;
      if (purity > highest) {
        highest = purity;
        best = { feature, code };
      }
    }
  }
  return best;
}
