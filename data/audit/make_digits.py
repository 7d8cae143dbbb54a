"""Outputs of scikit-learn models on the digits that scikit-learn ships, for notebook 06.

Run from this folder: python make_digits.py   (writes digits.npz; 40 seconds)

17 networks of one kind (a hidden layer of 64, trained to the end) see random halves of the 1,797 pictures; a coin
decided for each record and model, so membership is randomized. The first model is the target.
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

MODELS = 17
digits = load_digits()
x, y = digits.data / 16.0, digits.target
rng = np.random.default_rng(20260601)
members = rng.random((MODELS, len(y))) < 0.5
logits = np.empty((MODELS, len(y), 10), dtype=np.float32)
for m in range(MODELS):
    net = MLPClassifier((64,), alpha=0.0, max_iter=60, batch_size=64, learning_rate_init=5e-3, random_state=m)
    net.fit(x[members[m]], y[members[m]])
    logits[m] = net.predict_log_proba(x)
target = logits[0].argmax(1) == y
print("target: accuracy", target[members[0]].mean(), "on members,", target[~members[0]].mean(), "on others")
np.savez_compressed(
    "digits.npz",
    logits=np.clip(logits, -60, 0).round(3),
    labels=y.astype(np.int32),
    members=members,
    randomized_membership=np.array(True),
)
