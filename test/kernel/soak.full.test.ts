import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { Session, noPythonReason, python, streamText } from './session';

if (!python) console.warn(noPythonReason);

describe.skipIf(!python)('a cell that never stops printing', () => {
  let session: Session;

  beforeAll(async () => {
    session = new Session({ CCL_CELL_OUTPUT: '0' });
    await session.start(projectRoot);
  });
  afterAll(() => session.close());

  it('loses none of a million lines', async () => {
    const lines = 1_000_000;
    const printed = await session.execute(
      `function count(): void { for (let i = 0; i < ${lines}; i++) console.log(i); }\ncount();`,
      { timeout: 570 },
    );
    const expected = Array.from({ length: lines }, (_, i) => `${i}\n`).join('');
    // Not toEqual: a difference of texts of 7 MB is worked out for minutes.
    expect(streamText(printed) === expected).toBe(true);
    expect(printed.statuses).toEqual(['busy', 'idle']);
    expect(printed.reply.status).toBe('ok');
  }, 600_000);
});
