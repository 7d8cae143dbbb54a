/**
 * Signals in memory: outputs, labels and membership as typed arrays, and what follows from them.
 *
 * @module signals
 */
export { accuracy } from '../signals/log-softmax';
export { ceLosses, logSoftmax, scaledLogit, trueClassProbability } from '../signals/log-softmax';
export { memorySignalSet, type SignalArrays } from '../signals/memory-signal-set';
export { scaledLogitSignals } from '../signals/memory-signal-set';
export type { ModelSignals } from '../signals/signal-set';
export { referenceModels, type SignalFile, type SignalSet } from '../signals/signal-set';
export { crossEntropies, scaledLogits, trueClassProbabilities } from '../signals/statistics';
export { withTarget } from '../signals/statistics';
