import { blockId } from '../../src/experiments/block';
import { encodeBlock } from '../../src/experiments/store/block-folder';
import type { Store } from '../../src/experiments/store/store';
import { madeBlock, madeSpec } from './made-block';

/** Writes so many small blocks of one model each, seeds from 0, with an attack on each. */
export async function makeManyBlocks(store: Store, count: number): Promise<void> {
  for (let seed = 0; seed < count; seed++) {
    const spec = madeSpec(seed);
    store.writeEncoded(blockId(spec), await encodeBlock(spec, madeBlock(), { cpu: 'made' }));
    const auc = { estimate: 0.5 + (seed % 100) / 1000, low: 0.4, high: null, method: { name: 'exact' } };
    store.writeResult(
      { kind: 'attack', models: [blockId(spec), 'shadow'], revision: 1, options: { attack: 'loss' } },
      { name: 'loss', auc, advantage: auc, accuracy: auc, tprAtFpr: { '0.01': auc } },
    );
  }
}
