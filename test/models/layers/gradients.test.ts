import { describe } from 'vitest';
import { nativeIsBuilt } from '../../../src/platform/backend/native';
import { layerTests } from './layer-tests';

describe.skipIf(!nativeIsBuilt())('backward passes against finite differences, native backend', layerTests);
