import { Command } from 'commander';
import { leftOut, modelFromData, modelNames, models, type ModelName } from '../../models/registry';
import { printJson } from './printed';

/** What the mlp is shown with: it has no usual size, so the paper's for Location30. */
const shownOptions: Partial<Record<ModelName, object>> = { mlp: { features: 446, classes: 30 } };

/** `ccl models`: every network with its number of parameters, options and source. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('list all networks with parameter counts, options and source')
    .option('--json', 'print them as JSON')
    .action(({ json }: { json?: true }) => {
      const all = modelNames.map(describeModel);
      if (json === true) printJson({ models: all, leftOut });
      else process.stdout.write(`${asText(all)}\n`);
    });
}

/** Options that have a line of their own. */
const sizes = ['input', 'features', 'classes'];

function describeModel(name: ModelName) {
  const { title, source, note } = models[name];
  const network = modelFromData({ name, options: shownOptions[name] });
  return {
    name,
    title,
    parameters: network.parameterCount,
    /** With these options; those that are not given by hand are the defaults. */
    options: network.spec.options,
    input: network.inputShape,
    classes: network.classes,
    batchNorm: network.hasBatchNorm,
    note,
    source,
  };
}

function asText(all: readonly ReturnType<typeof describeModel>[]): string {
  const entries = all.map(({ name, title, parameters, options, input, classes, note, source }) => {
    const settings = Object.entries(options)
      .filter(([key]) => !sizes.includes(key))
      .map(([key, value]) => `${key} ${JSON.stringify(value)}`);
    return [
      `${name}: ${title}`,
      `    ${parameters.toLocaleString('en-US')} parameters with input ${input.join(' x ')} and ${classes} classes`,
      `    options: ${'features' in options ? 'features' : 'input'}, classes; with defaults: ${settings.join(', ')}`,
      ...(note === '' ? [] : [`    ${note}`]),
      `    ${source}`,
    ].join('\n');
  });
  const omitted = Object.entries(leftOut).map(([name, reason]) => `    ${name}: ${reason}`);
  const closing =
    'Images of ImageNet size (224 x 224) need a GPU for whole trainings with every network. The WebAssembly backend ' +
    'trains only the mlp. Times are of one core of a server CPU (AVX-512).';
  return [...entries, closing, ['Left out:', ...omitted].join('\n')].join('\n\n');
}
