import { ccel } from './ccel';
import { ccql } from './ccql';
import { ce } from './ce';
import { cel } from './cel';
import { cql } from './cql';
import { floodingPerSample } from './flooding';
import { focal } from './focal';
import { focalCcelAsCoded, focalCel } from './focal-cel';
import { table } from './table';

/** The losses of kind p by name, but for `convex-concave`, which is put together from two of these. */
export const probabilityLosses = {
  ce,
  cel,
  cql,
  ccel,
  ccql,
  focal,
  'focal-cel': focalCel,
  'focal-ccel-as-coded': focalCcelAsCoded,
  'flooding-per-sample': floodingPerSample,
  ...table,
};

/** A loss that can be a part of `convex-concave`. */
export type PartName = keyof typeof probabilityLosses;

export const partNames = Object.keys(probabilityLosses) as [PartName, ...PartName[]];
