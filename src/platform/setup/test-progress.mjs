// A reporter for vitest: how many files of all are done and about how long the rest takes. On a terminal one line that
// rewrites itself, elsewhere a line every half minute.
import { seconds } from './messages.mjs';

export default class TestProgress {
  #all = 0;
  #done = 0;
  #start = 0;
  #timer = undefined;
  #out;
  #now;

  constructor({ out = process.stdout, now = Date.now } = {}) {
    this.#out = out;
    this.#now = now;
  }

  onTestRunStart(specifications) {
    this.#all = specifications.length;
    this.#start = this.#now();
    this.#timer = setInterval(() => this.show(), this.#out.isTTY ? 1000 : 30_000);
    this.#timer.unref();
  }

  onTestModuleEnd() {
    this.#done++;
    this.#clear();
  }

  onTestRunEnd() {
    clearInterval(this.#timer);
    this.#clear();
  }

  show() {
    const gone = this.#now() - this.#start;
    const rest = this.#done === 0 ? null : (gone / this.#done) * (this.#all - this.#done);
    const left = rest === null ? '' : `, about ${duration(rest)} left`;
    const line = `${this.#done} of ${this.#all} test files done in ${duration(gone)}${left}`;
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  // What vitest prints stands on a line of its own.
  #clear() {
    if (this.#out.isTTY) this.#out.write('\r\x1b[K');
  }
}

function duration(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  return milliseconds < 90_000 ? seconds(milliseconds) : `${minutes} min`;
}
