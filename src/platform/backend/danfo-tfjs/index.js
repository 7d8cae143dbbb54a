// danfojs-node requires this package; both must share one TensorFlow.js (see package.json "overrides").
module.exports = require('@tensorflow/tfjs-node-gpu');
