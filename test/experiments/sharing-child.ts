import { madeBlock, madeSpec } from './made-block';
import { blockId } from '../../src/experiments/block';
import { Store } from '../../src/experiments/store/store';

/**
 * A process that wants the blocks of some seeds from a store: `folder, first seed, count, milliseconds a block takes`.
 * Prints the seeds that it trained, a line each; a negative time means that it takes the first lease and hangs.
 */
async function main(): Promise<void> {
  const [folder, first, count, milliseconds] = process.argv.slice(2);
  const store = Store.open(folder);
  for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
    const lease = await store.acquire(madeSpec(seed), { poll: 0.02 });
    if (lease === null) continue;
    console.log(seed);
    if (Number(milliseconds) < 0) await new Promise((resolve) => setTimeout(resolve, 60_000));
    await new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
    await store.write(madeSpec(seed), madeBlock(), { cpu: blockId(madeSpec(seed)) });
    lease.release();
  }
}

void main();
