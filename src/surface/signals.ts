/**
 * Signals in memory: outputs, labels and membership as typed arrays, and what follows from them.
 *
 * @module signals
 */
export { accuracy } from '../signals/accuracy';
export { ceLosses, logSoftmax, scaledLogit, trueClassProbability } from '../signals/log-softmax';
export { memorySignalSet, type SignalArrays } from '../signals/memory-signal-set';
export { scaledLogitSignals } from '../signals/scaled-logit-signals';
export type { ModelSignals } from '../signals/model-signals';
export { referenceModels, type SignalFile, type SignalSet } from '../signals/signal-set';
export { crossEntropies, scaledLogits, trueClassProbabilities } from '../signals/statistics';
export { withTarget } from '../signals/with-target';
