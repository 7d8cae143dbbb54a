import { z } from 'zod';
import { type DefenseDefinition } from '../training/defense';
import { lossTraining } from '../training/batch-loss';
import { numberIn } from '../losses/parameters';
import { baseLoss, baseLossSchema, withBase } from './base-loss';

const parameters = z
  .object({
    rate: numberIn('[0, 1)', 0.5, 'share of the values that are dropped before the last layer'),
    base: baseLossSchema,
  })
  .strict();

/** Dropout before the last layer (Srivastava et al. 2014; as a defense Salem et al., NDSS 2019, section VI). */
export const dropout: DefenseDefinition<typeof parameters> = {
  title: 'Dropout',
  short: 'Dropout',
  source: 'Salem et al., NDSS 2019, section VI; RelaxLoss (rate 0.5)',
  parameters,
  changes: ['model'],
  needs: [],
  claim: 'less overfitting, so somewhat more privacy',
  revision: 1,
  create: ({ rate, base }) => ({
    label: `Dropout (rate ${rate})${withBase(base)}`,
    model: ({ name, options }) => ({ name, options: { ...options, dropout: rate } }),
    training: () => lossTraining(baseLoss(base)),
  }),
};
