/**
 * Tells on stderr how far work of many steps has come, at most every half minute, so that short work shows nothing.
 * Steps differ, so the time left is rough.
 */
export function stepProgress({
  out = process.stderr,
  now = () => performance.now(),
}: {
  out?: { write(text: string): unknown };
  now?: () => number;
} = {}): (step: string, done: number, all: number) => void {
  const start = now();
  let last = start;
  return (step, done, all) => {
    if (now() - last < 30_000) return;
    last = now();
    const gone = last - start;
    const left = done === 0 ? '' : `, about ${minutes((gone / done) * (all - done))} left`;
    out.write(`${done} of ${all} steps done in ${minutes(gone)}${left}; now: ${step}\n`);
  };
}

const minutes = (milliseconds: number): string =>
  milliseconds < 90_000 ? `${Math.round(milliseconds / 1000)} s` : `${Math.round(milliseconds / 60_000)} min`;
