import { randomStream } from '../../src/platform/math/random';

/**
 * n coins, each answered truly with chance e^epsilon / (1 + e^epsilon): exactly epsilon-DP for each, and nothing is
 * more revealing. Scores are 1 to 2 for «member» and 0 to 1 for «non-member», without ties.
 */
export function randomizedResponse(
  draw: number,
  n: number,
  epsilon: number,
): { scores: Float64Array; members: Uint8Array } {
  const stream = randomStream({ seed: 21, role: 'evaluation', purpose: 'synthetic', step: draw });
  const members = Uint8Array.from({ length: n }, () => stream.below(2));
  const scores = Float64Array.from(members, (member) => {
    const answer = stream.uniform() < 1 / (1 + Math.exp(-epsilon)) ? member : 1 - member;
    return answer + stream.uniform();
  });
  return { scores, members };
}

/** As `randomizedResponse`, but with chance delta a coin is shown for certain: exactly (epsilon, delta)-DP for each. */
export function leakyResponse(
  draw: number,
  n: number,
  epsilon: number,
  delta: number,
): { scores: Float64Array; members: Uint8Array } {
  const { scores, members } = randomizedResponse(draw, n, epsilon);
  const stream = randomStream({ seed: 22, role: 'evaluation', purpose: 'synthetic', step: draw });
  // Beyond all others, so that the surest guesses come first.
  const shown = scores.map((score, i) =>
    stream.uniform() < delta ? 4 * members[i] - 1.5 + score / 8 : score,
  );
  return { scores: shown, members };
}
