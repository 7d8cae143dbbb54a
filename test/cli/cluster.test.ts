import { expect, it } from 'vitest';
import { startArguments } from '../../src/platform/cli/cluster-command';

it('a node listens on 127.0.0.1 unless an address is given, and tells nobody of its use', () => {
  const head = startArguments({ head: true, port: 6379 });
  expect(head).toEqual(expect.arrayContaining(['--head', '--port=6379', '--node-ip-address=127.0.0.1']));
  expect(head).toContain('--disable-usage-stats');
  expect(head).toContain('--include-dashboard=false');
  const joining = startArguments({
    address: '10.0.0.1:6379',
    bind: '10.0.0.2',
    port: 6379,
    cpus: 4,
    gpus: 1,
  });
  expect(joining).toEqual([
    '--address=10.0.0.1:6379',
    '--node-ip-address=10.0.0.2',
    '--disable-usage-stats',
    '--num-cpus=4',
    '--num-gpus=1',
  ]);
});

it('a node that is neither head nor joins one, or both, is refused', () => {
  expect(() => startArguments({ port: 6379 })).toThrow(/give either --head or --address/);
  expect(() => startArguments({ address: 'a:1', port: 6379 })).toThrow(/give --bind/);
  expect(() => startArguments({ head: true, address: 'a:1', port: 6379 })).toThrow(/either/);
});
