/**
 * The store of trained models: listing, checks, export, cleaning.
 *
 * @module store
 */
export { queryRows, type QueryOptions, type QueryRows } from '../experiments/store/query';
export { Store, type AcquireOptions } from '../experiments/store/store';
export { exportStore, type ExportOptions } from '../experiments/store/export';
export { findGarbage, removeGarbage, type Garbage, type GarbageOptions } from '../experiments/store/garbage';
export {
  diskUse,
  listBlocks,
  verifyStore,
  type DiskUse,
  type ListedBlock,
  type StoreCheck,
} from '../experiments/store/listing';
export type { ResultKey } from '../experiments/store/results';
export { whyBlock, type WhyBlock } from '../experiments/store/listing';
