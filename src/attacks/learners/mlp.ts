import { randomStream } from '../../platform/math/random';
import { type FeatureRows, scaled, scaleOf, priorLogOdds, type Learner, type Lesson } from './lesson';

export interface MlpOptions {
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  /** Adam's learning rate. */
  readonly rate: number;
  readonly seed: number;
}

/** Weights [inputs, outputs], biases [outputs], and Adam's moments of both in one array. */
interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  /** Weights, then biases. */
  readonly values: Float64Array;
  readonly slopes: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * A small network on standardized features: dense layers with ReLU and one output, the ln odds of a member; binary cross
 * entropy, Adam (Kingma and Ba 2015; betas .9 and .999), He's uniform start, batches in a seeded order. Float64; the same
 * seed gives the same bits.
 *
 * @returns a function from rows to ln odds, [n]
 */
export function mlpFit({ rows, members }: Lesson, options: MlpOptions): (rows: FeatureRows) => Float64Array {
  const { hidden, epochs, batch, seed } = options;
  const scale = scaleOf(rows);
  const { width, n, values } = scaled(rows, scale);
  const layers = startLayers([width, ...hidden, 1], seed);
  const input = new Float64Array(batch * width);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = randomStream({ seed, role: 'evaluation', purpose: 'order', epoch }).permutation(n);
    for (let from = 0; from < n; from += batch) {
      const picked = order.subarray(from, Math.min(n, from + batch));
      picked.forEach((row, at) => input.set(values.subarray(row * width, (row + 1) * width), at * width));
      const outputs = forward(layers, input, picked.length);
      const top = outputs[outputs.length - 1];
      const slope = Float64Array.from(
        picked,
        (row, at) => (1 / (1 + Math.exp(-top[at])) - members[row]) / picked.length,
      );
      backward(layers, input, outputs, slope);
      step++;
      for (const layer of layers) adam(layer, options.rate, step);
    }
  }
  return (asked) => {
    const own = scaled(asked, scale);
    const out = new Float64Array(own.n);
    const chunk = 1024;
    for (let from = 0; from < own.n; from += chunk) {
      const count = Math.min(chunk, own.n - from);
      const outputs = forward(layers, own.values.subarray(from * width, (from + count) * width), count);
      out.set(outputs[outputs.length - 1], from);
    }
    return out;
  };
}

/** A small network as a learner of membership; its score is the ln odds of a member. */
export function networkLearner(options: Omit<MlpOptions, 'seed'>): Learner {
  return (lesson, { seed, effort }) => {
    const quick = effort === 'check' ? { epochs: 8, batch: 16 } : {};
    return {
      cut: priorLogOdds(lesson.members),
      scores: mlpFit(lesson, { ...options, ...quick, seed }),
    };
  };
}

function startLayers(widths: readonly number[], seed: number): Dense[] {
  return widths.slice(1).map((outputs, l) => {
    const inputs = widths[l];
    const stream = randomStream({ seed, role: 'evaluation', purpose: 'weights', step: l });
    const size = (inputs + 1) * outputs;
    const values = new Float64Array(size);
    const bound = Math.sqrt(6 / inputs);
    for (let at = 0; at < inputs * outputs; at++) values[at] = bound * (2 * stream.uniform() - 1);
    const zeros = (): Float64Array => new Float64Array(size);
    return { inputs, outputs, values, slopes: zeros(), first: zeros(), second: zeros() };
  });
}

/** Outputs of each layer, [n, outputs]; ReLU on all but the last. */
function forward(layers: readonly Dense[], input: Float64Array, n: number): Float64Array[] {
  let from = input;
  return layers.map(({ inputs, outputs, values }, l) => {
    const to = new Float64Array(n * outputs);
    const bias = inputs * outputs;
    for (let row = 0; row < n; row++) {
      const start = row * outputs;
      for (let o = 0; o < outputs; o++) to[start + o] = values[bias + o];
      // Four inputs at a time, added in their order: an output is read and written once for the four.
      const own = row * inputs;
      let i = 0;
      for (; i + 3 < inputs; i += 4) {
        const [x0, x1, x2, x3] = [from[own + i], from[own + i + 1], from[own + i + 2], from[own + i + 3]];
        const [w0, w1, w2, w3] = [i * outputs, (i + 1) * outputs, (i + 2) * outputs, (i + 3) * outputs];
        for (let o = 0; o < outputs; o++) {
          to[start + o] =
            to[start + o] +
            x0 * values[w0 + o] +
            x1 * values[w1 + o] +
            x2 * values[w2 + o] +
            x3 * values[w3 + o];
        }
      }
      for (; i < inputs; i++) {
        const x = from[own + i];
        for (let o = 0; o < outputs; o++) to[start + o] += x * values[i * outputs + o];
      }
      if (l < layers.length - 1) for (let o = start; o < start + outputs; o++) if (to[o] < 0) to[o] = 0;
    }
    from = to;
    return to;
  });
}

/** Fills the slopes of all layers. @param last slope of the loss by the last layer's outputs, [n] */
function backward(
  layers: readonly Dense[],
  input: Float64Array,
  outputs: readonly Float64Array[],
  last: Float64Array,
): void {
  let delta = last;
  for (let l = layers.length - 1; l >= 0; l--) {
    const { inputs, outputs: width, values, slopes } = layers[l];
    const from = l === 0 ? input : outputs[l - 1];
    const before = l === 0 ? undefined : new Float64Array(last.length * inputs);
    slopes.fill(0);
    for (let row = 0; row < last.length; row++) {
      const start = row * width;
      const own = row * inputs;
      for (let o = 0; o < width; o++) slopes[inputs * width + o] += delta[start + o];
      if (before === undefined) {
        for (let i = 0; i < inputs; i++) {
          const x = from[own + i];
          for (let o = 0; o < width; o++) slopes[i * width + o] += x * delta[start + o];
        }
        continue;
      }
      for (let i = 0; i < inputs; i++) {
        const x = from[own + i];
        // A hidden unit that ReLU has shut passes nothing back.
        if (x === 0) continue;
        const weights = i * width;
        let sum = 0;
        for (let o = 0; o < width; o++) {
          const d = delta[start + o];
          slopes[weights + o] += x * d;
          sum += values[weights + o] * d;
        }
        before[own + i] = sum;
      }
    }
    if (before !== undefined) delta = before;
  }
}

function adam({ values, slopes, first, second }: Dense, rate: number, step: number): void {
  const size = (rate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
  for (let at = 0; at < values.length; at++) {
    const slope = slopes[at];
    first[at] += 0.1 * (slope - first[at]);
    second[at] += 0.001 * (slope * slope - second[at]);
    values[at] -= (size * first[at]) / (Math.sqrt(second[at]) + 1e-8);
  }
}
