import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { coinMasks, halfMasks } from '../../data/masks';
import { writeNpz } from '../formats/npz';
import { writeFileWhole } from '../formats/write-file';
import { joined } from '../math/joined';
import { projectRoot } from '../../paths';
import { number, wholeNumber } from './option-values';

/** `ccl shadows`: what a person needs to train shadow models elsewhere. */
export function shadowsCommand(): Command {
  return new Command('shadows')
    .description('plan shadow models that you train yourself, and get the script that exports them')
    .addCommand(planCommand())
    .addCommand(exporterCommand())
    .addHelpText(
      'after',
      '\nThe road from a PyTorch or scikit-learn model to `ccl audit`: docs/audit-a-pytorch-model.md.',
    );
}

function planCommand(): Command {
  return new Command('plan')
    .description(
      'write which record each model is trained on: every record in exactly half of the models, by lot',
    )
    .requiredOption('--n <records>', 'number of records', wholeNumber)
    .requiredOption(
      '--models <m>',
      'number of models, even unless coins decide; any can play the target',
      wholeNumber,
    )
    .option('--seed <n>', 'seed of the plan', number, 1)
    .option('--coins', 'a fair coin for each record and model instead: for bounds of epsilon by one run')
    .requiredOption('--out <file.npz>', 'where the array members, bool [models, records], is written')
    .addHelpText('after', '\nExample:\n  npx ccl shadows plan --n 50000 --models 16 --seed 1 --out masks.npz')
    .action(plan);
}

interface PlanOptions {
  readonly n: number;
  readonly models: number;
  readonly seed: number;
  readonly coins?: boolean;
  readonly out: string;
}

async function plan({ n, models, seed, coins = false, out }: PlanOptions): Promise<void> {
  const masks = coins ? coinMasks(n, models, seed) : halfMasks(n, models, seed);
  const path = resolve(out);
  await writeNpz(path, {
    members: { shape: [models, n], data: joined(Uint8Array, masks), dtype: 'bool' },
    seed: { shape: [], data: Float64Array.of(seed), dtype: 'int64' },
    randomized_membership: { shape: [], data: Uint8Array.of(coins ? 1 : 0), dtype: 'bool' },
  });
  const sizes = masks.map((mask) => mask.reduce((sum, member) => sum + member, 0));
  process.stdout.write(
    `${path}: ${models} models, ${coins ? 'a coin for each record and model' : `each record in ${models / 2} of them`}, ` +
      `${Math.min(...sizes)} to ${Math.max(...sizes)} records a model.\n` +
      `${coins ? 'Pass randomized_membership=True to every export.\n' : ''}` +
      'Next: npx ccl shadows exporter --out ccl_export.py\n',
  );
}

function exporterCommand(): Command {
  return new Command('exporter')
    .description('write ccl_export.py, which adds the outputs of PyTorch and scikit-learn models to a file')
    .option('--out <file.py>', 'where it is written', 'ccl_export.py')
    .action(({ out }: { out: string }) => {
      const script = join(projectRoot, 'src', 'signals', 'python', 'ccl_export.py');
      writeFileWhole(resolve(out), readFileSync(script));
      process.stdout.write(`${resolve(out)}: needs numpy and the framework that you use anyway.\n`);
    });
}
