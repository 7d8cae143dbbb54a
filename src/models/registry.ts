import type { z } from 'zod';
import { UserError } from '../errors';
import { parseOptions, unknownName } from '../options';
import { cnn } from './cnn';
import { densenet121 } from './densenet121';
import { mlp } from './mlp';
import type { ModelSpec, Network } from './network';
import { resnet18, resnet20, resnet34, resnet50 } from './resnet';
import { vgg11 } from './vgg11';
import { wideResnet16x4, wideResnet28x2 } from './wideresnet';

/** All networks by name: title, source, options with defaults. Help texts read from here. */
export const models = {
  mlp,
  cnn,
  resnet18,
  resnet34,
  resnet50,
  resnet20,
  densenet121,
  vgg11,
  'wideresnet-16-4': wideResnet16x4,
  'wideresnet-28-2': wideResnet28x2,
} as const;

/** Networks that peers have and this laboratory has not, by torchvision's names, with the reason. */
export const leftOut: Readonly<Record<string, string>> = {
  vit_b_16:
    'attention layers would serve this one network, which the paper only fine-tunes from pretrained weights',
  wide_resnet50_2:
    'ResNet-50 with bottlenecks twice as wide, for ImageNet only; use resnet50 or a wideresnet for CIFAR',
};

export type ModelName = keyof typeof models;

/** The options that the network of that name takes. */
export type ModelOptions<Name extends ModelName> = z.input<(typeof models)[Name]['parameters']>;

/** All names that `model` takes. */
export const modelNames = Object.keys(models) as ModelName[];

/**
 * The network of that name, e.g. `model('resnet18', { classes: 100 })`. A wrong name or option fails in the editor.
 * Nothing is computed and no backend is started.
 *
 * @throws UserError for an unknown name or option, a value outside its range, or an image too small for the network
 *
 * @example
 * ```ts
 * import { model } from 'ccl-lab';
 *
 * const network = model('mlp', { features: 446, classes: 30, hidden: [64] });
 * console.log(network.classes); // prints 30
 * ```
 */
export function model<Name extends ModelName>(
  name: Name,
  ...[options]: Record<string, never> extends ModelOptions<Name>
    ? [options?: ModelOptions<Name>]
    : [options: ModelOptions<Name>]
): Network {
  return modelFromData({ name, options: (options ?? {}) as Record<string, unknown> });
}

/**
 * The same for a name and options that come from a file or a command line; `network.spec` is such a value.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function modelFromData({
  name,
  options,
}: {
  readonly name: string;
  readonly options?: unknown;
}): Network {
  if (Object.prototype.hasOwnProperty.call(leftOut, name)) {
    throw new UserError(`${name} is left out: ${leftOut[name]}. Known: ${modelNames.join(', ')}.`);
  }
  if (!Object.prototype.hasOwnProperty.call(models, name)) throw unknownName('model', name, modelNames);
  const definition: { parameters: z.ZodTypeAny; create(options: never): Network } = models[name as ModelName];
  return definition.create(parseOptions(`model ${name}`, definition.parameters, options) as never);
}

export type { ModelSpec };
