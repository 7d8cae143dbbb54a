import { ccel } from './ccel';
import { cclExp } from './ccl-exp';
import { cclLog } from './ccl-log';
import { cclLogAsCoded } from './ccl-log-as-coded';
import { cclPower } from './ccl-power';
import { cclPowerAsCoded } from './ccl-power-as-coded';
import { cclTaylor } from './ccl-taylor';
import { ccql } from './ccql';
import { ce } from './ce';
import { cel } from './cel';
import { concaveLog } from './concave-log';
import { concavePower } from './concave-power';
import { concaveTaylor } from './concave-taylor';
import { cql } from './cql';
import { floodingPerSample } from './flooding-per-sample';
import { focal } from './focal';
import { focalCcelAsCoded } from './focal-ccel-as-coded';
import { focalCel } from './focal-cel';
import { gce } from './gce';
import { mae } from './mae';
import { phuber } from './phuber';
import { recursiveTaylor } from './recursive-taylor';
import { sce } from './sce';
import { swappedAlphaQuadratic } from './swapped-alpha-quadratic';
import { taylorCe } from './taylor-ce';

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
  'ccl-exp': cclExp,
  'ccl-taylor': cclTaylor,
  'ccl-log': cclLog,
  'ccl-log-as-coded': cclLogAsCoded,
  'ccl-power': cclPower,
  'ccl-power-as-coded': cclPowerAsCoded,
  'concave-taylor': concaveTaylor,
  'concave-log': concaveLog,
  'concave-power': concavePower,
  'recursive-taylor': recursiveTaylor,
  'swapped-alpha-quadratic': swappedAlphaQuadratic,
  'flooding-per-sample': floodingPerSample,
  gce,
  sce,
  mae,
  'taylor-ce': taylorCe,
  phuber,
} as const;

/** A loss that can be a part of `convex-concave`. */
export type PartName = keyof typeof probabilityLosses;

export const partNames = Object.keys(probabilityLosses) as [PartName, ...PartName[]];
