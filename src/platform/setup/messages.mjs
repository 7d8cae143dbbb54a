// What set-up says. Everything goes to stderr, so that a task's own output stays clean on stdout.

/** A failure that a person can act on: what failed, why, what to do. */
export class SetupError extends Error {
  constructor({ what, why, remedy }) {
    super(`${what}\n  Why: ${why}\n  What to do: ${remedy}`);
    this.name = 'SetupError';
    this.what = what;
    this.why = why;
    this.remedy = remedy;
  }
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

export function seconds(milliseconds) {
  const s = milliseconds / 1000;
  return s < 10 ? `${s.toFixed(1)} s` : `${Math.round(s)} s`;
}

/**
 * Announces a piece of work and says at its end how long it took. On a terminal the time counts up; elsewhere a
 * line every half minute shows that the work goes on.
 */
export async function timed(title, work) {
  const start = performance.now();
  const terminal = process.stderr.isTTY === true;
  if (terminal) process.stderr.write(`${title} … `);
  else say(`${title} …`);
  const tick = setInterval(
    () => {
      if (terminal)
        process.stderr.write(`\r\x1b[K${title} … ${Math.round((performance.now() - start) / 1000)} s `);
      else say(`  still at work after ${seconds(performance.now() - start)}`);
    },
    terminal ? 1000 : 30_000,
  );
  tick.unref();
  try {
    const result = await work();
    const took = performance.now() - start;
    if (terminal) process.stderr.write(`\r\x1b[K${title}: ${seconds(took)}\n`);
    else say(`  done in ${seconds(took)}`);
    return { result, milliseconds: took };
  } catch (error) {
    if (terminal)
      process.stderr.write(`\r\x1b[K${title}: failed after ${seconds(performance.now() - start)}\n`);
    else say(`  failed after ${seconds(performance.now() - start)}`);
    throw error;
  } finally {
    clearInterval(tick);
  }
}
