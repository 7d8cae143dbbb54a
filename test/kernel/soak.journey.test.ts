import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { Session, noPythonReason, outputsOf, python, resultOf, streamText } from './session';
import type { Executed, Output } from './session';

if (!python) console.warn(noPythonReason);

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));
const texts = (outputs: Output[]): unknown[] => outputs.map(({ data }) => data?.['text/plain']);
const displays = (count: number, more = ''): string =>
  `for (let i = 0; i < ${count}; i++) (globalThis as any)[Symbol.for('ccl-lab.kernel')].display({ 'text/plain': String(i)${more} });`;

// ZeroMQ keeps 1,000 messages a reader unless told otherwise, and zeromq.js sends 512 in a row.
describe.skipIf(!python)('a kernel that works all day', () => {
  let session: Session;

  beforeAll(async () => {
    session = new Session();
    await session.start(projectRoot);
  });
  afterAll(() => session.close());

  it('answers 1,000 cells in order, with every output and status', async () => {
    const codes = numbers(1000).map((i) => `console.log(${i});\n${i} + 1`);
    const cells = await session.command<Executed[]>('many', { codes, timeout: 580 });
    expect(cells.map((cell) => streamText(cell))).toEqual(numbers(1000).map((i) => `${i}\n`));
    expect(cells.map((cell) => resultOf(cell)?.['text/plain'])).toEqual(numbers(1001).slice(1));
    expect(cells.map(({ reply }) => reply.execution_count)).toEqual(numbers(1001).slice(1).map(Number));
    expect(new Set(cells.map(({ statuses }) => statuses.join()))).toEqual(new Set(['busy,idle']));
  }, 600_000);

  it('shows 600 displays of one loop, in order', async () => {
    const shown = await session.execute(displays(600));
    expect(texts(outputsOf('display_data', shown))).toEqual(numbers(600));
    expect(shown.statuses).toEqual(['busy', 'idle']);
  });

  it('keeps 10,000 displays for a reader that stands still', async () => {
    // Some 20 MB, more than the buffers of the connection hold.
    const shown = await session.execute(displays(10_000, ", 'text/html': 'x'.repeat(2000)"), { deaf: 3 });
    expect(texts(outputsOf('display_data', shown))).toEqual(numbers(10_000));
    expect(shown.reply.status).toBe('ok');
    expect(shown.statuses).toEqual(['busy', 'idle']);
  });

  it('lets everything out before it ends', async () => {
    const code = displays(2500, ", 'text/html': 'x'.repeat(2000)");
    const { heard, left } = await session.command<{ heard: Output[]; left: number[] }>('shutdown', {
      code,
      after: 1,
    });
    expect(texts(heard.filter(({ type }) => type === 'display_data'))).toEqual(numbers(2500));
    expect(left).toEqual([]);
  });
});
