import { z } from 'zod';
import { Chain } from './chain';
import { layeredNetwork } from './layered-network';
import { dense } from './layers/dense';
import { dropout } from './layers/dropout';
import { tanh } from './layers/activations';
import * as option from './model-options';
import type { Network } from './network';
import { NetworkBuilder } from './network-builder';

/** The paper's widths for tabular data: features-1024-512-256-128-classes (source/models of the official code). */
export const paperHidden: readonly number[] = [1024, 512, 256, 128];

/** Raised when a change alters the numbers that this file computes; part of a run's identity. */
export const mlpRevision = 1;

const parameters = z
  .object({
    /** Number of input features. */
    features: option.count,
    classes: option.count,
    /** Widths of the hidden layers. */
    hidden: z.array(option.count).default([...paperHidden]),
    dropout: option.dropout,
    initializer: option.initializer('pytorch'),
  })
  .strict();

/**
 * The paper's network for tables: tanh after each hidden layer, dropout (if any) before the last layer. Names as in the
 * official code: features.0, features.2, ..., classifier; with the same seed it starts as `initialWeights` does.
 */
export const mlp = {
  title: 'Multilayer perceptron with tanh',
  source: 'the official code of the paper and RelaxLoss (source/nonimage/models.py)',
  note: '',
  parameters,
  revision: mlpRevision,
  create(options: z.output<typeof parameters>): Network {
    const builder = new NetworkBuilder(options.initializer);
    const chain = new Chain([options.features]);
    options.hidden.forEach((width, i) => {
      chain.then(([inputs]) => dense(builder, `features.${2 * i}`, inputs, width)).then(tanh);
    });
    if (options.dropout > 0) chain.then((s) => dropout(builder, s, options.dropout));
    chain.then(([inputs]) => dense(builder, 'classifier', inputs, options.classes, 'pytorch'));
    const frame = {
      spec: { name: 'mlp', options },
      inputShape: [options.features],
      classes: options.classes,
    };
    return layeredNetwork({ ...frame, revision: this.revision }, builder, chain.end());
  },
} as const;
