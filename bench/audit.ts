import { audit } from '../src/audit/audit-signals';
import { fastWords } from '../src/platform/math/fast-normals';
import { randomStream } from '../src/platform/math/random';
import { memorySignalSet } from '../src/signals/memory-signal-set';

const [models, n, classes] = [17, 50_000, 10];

/** Half of the records in each model, by coins; members stand out by 1 at the true class, against noise of width 4. */
function outputs(model: number): { readonly members: Uint8Array; readonly logits: Float32Array } {
  const words = new Uint32Array(n * (classes + 1));
  fastWords(randomStream({ seed: 1, role: 'evaluation', index: model, purpose: 'synthetic' })).fill(words);
  const members = Uint8Array.from({ length: n }, (_, i) => words[i] >>> 31);
  const logits = Float32Array.from({ length: n * classes }, (_, at) => {
    const record = Math.floor(at / classes);
    const isTrueClass = at % classes === record % classes;
    return (words[n + at] / 2 ** 32) * 4 + (isTrueClass ? 1 + members[record] : 0);
  });
  return { members, logits };
}

/**
 * `ccl audit` without reading: 50,000 records, 10 classes, 17 models, every attack that such a file allows. Prints seconds
 * of processor time, of which the self-check (kept from one audit to the next by the command) is told apart on stderr.
 */
function main(): void {
  const all = Array.from({ length: models }, (_, m) => outputs(m));
  const set = memorySignalSet({
    labels: Int32Array.from({ length: n }, (_, i) => i % classes),
    members: all.map(({ members }) => members),
    logits: all.map(({ logits }) => logits),
  });
  const begun = process.cpuUsage();
  const seconds = (): number => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  };
  let first = 0;
  const { result } = audit(set, {
    onStep: (_name, done) => {
      if (done === 0) first = seconds();
    },
  });
  const whole = seconds();
  process.stderr.write(`self-check and shift ${first.toFixed(1)} s, ${result.attacks.length} attacks\n`);
  console.log(JSON.stringify({ value: Number(whole.toFixed(1)) }));
}

main();
