import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { isGone, Lease, leaseHolder, LeaseWatch, thisMachine } from '../../src/experiments/store/lease';

const folder = mkdtempSync(join(tmpdir(), 'lease-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => void vi.useRealTimers());

let number = 0;
const fresh = (): string => join(folder, 'leases', `${number++}.json`);

/** A lease of a machine that this one knows nothing of. */
function foreign(path: string, beat = 0): void {
  const holder = { claim: 'c', host: 'elsewhere', machine: 'another one', pid: 1, since: '' };
  writeFileSync(path, `${JSON.stringify(holder)}\n${String(beat).padStart(12, '0')}`);
}

/** A watch with a clock of its own, in seconds. */
function watched(path: string, patience = 10) {
  const clock = { now: 0 };
  const watch = new LeaseWatch(path, patience, 2, () => clock.now * 1000);
  const lookAt = (seconds: number): string => {
    clock.now = seconds;
    return watch.look();
  };
  return { watch, lookAt };
}

describe('a lease', () => {
  it('has one holder at a time', () => {
    const path = fresh();
    const lease = Lease.take(path)!;
    expect(Lease.take(path)).toBeNull();
    expect(leaseHolder(path)).toMatchObject({ pid: process.pid, machine: thisMachine });
    lease.release();
    lease.release();
    expect(existsSync(path)).toBe(false);
    Lease.take(path)!.release();
  });

  it('of a process of this machine that was killed is dead at once', async () => {
    const path = fresh();
    const child = spawn('sleep', ['60']);
    const lease = Lease.take(path)!;
    const own = readFileSync(path, 'utf8');
    writeFileSync(path, own.replace(`"pid":${process.pid}`, `"pid":${child.pid}`));
    expect(isGone(leaseHolder(path))).toBe(false);
    expect(new LeaseWatch(path, 60).look()).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const watch = new LeaseWatch(path, 60);
    expect(watch.look()).toBe('dead');
    watch.bury();
    expect(watch.look()).toBe('free');
    lease.release();
  });

  it('of another machine is dead when its counter stood still for as long as was waited', () => {
    const path = fresh();
    Lease.take(path)!.release();
    foreign(path);
    const { lookAt } = watched(path);
    expect([0, 2, 4, 6, 8].map(lookAt)).toEqual(new Array(5).fill('alive'));
    expect(lookAt(10)).toBe('dead');
  });

  it('lives as long as its counter moves', () => {
    const path = fresh();
    const { lookAt } = watched(path);
    for (let second = 0; second <= 40; second += 2) {
      foreign(path, Math.floor(second / 8));
      expect(lookAt(second)).toBe('alive');
    }
  });

  it('does not die while the observer itself was stopped', () => {
    const path = fresh();
    foreign(path);
    const { lookAt } = watched(path);
    expect([0, 100_000, 200_000].map(lookAt)).toEqual(['alive', 'alive', 'alive']);
  });

  it('does not care for clocks that jump', () => {
    const path = fresh();
    foreign(path);
    const watch = new LeaseWatch(path, 10);
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const year of ['2001-01-01', '2099-01-01', '1970-01-02']) {
      vi.setSystemTime(new Date(year));
      expect(watch.look()).toBe('alive');
    }
    const lease = Lease.take(fresh())!;
    vi.setSystemTime(new Date('2050-01-01'));
    expect(lease.isHeld()).toBe(true);
    lease.release();
  });

  it('is not buried when a sign of life came last', () => {
    const path = fresh();
    foreign(path);
    const { watch, lookAt } = watched(path, 0);
    lookAt(0);
    foreign(path, 1);
    watch.bury();
    expect(readFileSync(path, 'utf8')).toMatch(/0{11}1$/);
  });

  it('that was taken over is neither kept alive nor removed by its first holder', () => {
    const path = fresh();
    const first = Lease.take(path)!;
    const watch = new LeaseWatch(path, 0);
    watch.look();
    expect(watch.look()).toBe('dead');
    watch.bury();
    const second = Lease.take(path)!;
    const content = readFileSync(path, 'utf8');
    vi.spyOn(performance, 'now').mockReturnValue(1e12);
    first.renew();
    vi.restoreAllMocks();
    expect([first.isHeld(), second.isHeld()]).toEqual([false, true]);
    first.release();
    expect(readFileSync(path, 'utf8')).toBe(content);
    second.release();
  });

  it('beats where observers see it, at most every few seconds', () => {
    const path = fresh();
    const lease = Lease.take(path)!;
    const before = readFileSync(path, 'utf8');
    lease.renew();
    expect(readFileSync(path, 'utf8')).toBe(before);
    vi.spyOn(performance, 'now').mockReturnValue(1e12);
    lease.renew();
    vi.restoreAllMocks();
    expect(readFileSync(path, 'utf8')).toBe(before.replace(/0{12}$/, '000000000001'));
    lease.release();
  });
});
