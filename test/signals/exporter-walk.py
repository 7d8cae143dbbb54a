"""Walks docs/audit-a-pytorch-model.md with scikit-learn, and with PyTorch if it is there.

Arguments: a folder with masks.npz and ccl_export.py. Leaves shadows.npz, target.npz and torch.npz there, and the
outputs as the frameworks give them in expected.json. Prints which frameworks it used.
"""

import json
import os
import sys

import numpy as np

folder = sys.argv[1]
os.chdir(folder)
sys.path.insert(0, folder)
from ccl_export import (  # noqa: E402
    append_row,
    checksum,
    export_sklearn,
    export_torch,
    load_masks,
    pending,
    subset,
)
from sklearn.linear_model import LogisticRegression  # noqa: E402

rng = np.random.default_rng(3)
masks = load_masks("masks.npz")
n = masks.shape[1]
y = rng.integers(0, 3, n)
x = rng.normal(size=(n, 6)) + np.eye(3, 6)[y]
used = ["scikit-learn"]
expected = {"labels": y.tolist(), "masks": masks.tolist(), "probabilities": []}
for stop in (2, len(masks)):  # as if the first loop had been interrupted
    for i in pending(masks, "shadows.npz")[:stop]:
        model = LogisticRegression(C=100.0, max_iter=1000).fit(x[masks[i]], y[masks[i]])
        export_sklearn("shadows.npz", model, x, y, masks[i], mask_row=i, records_checksum=checksum(x, y))
        expected["probabilities"].append(model.predict_proba(x).tolist())
own = rng.permutation(n) < n // 2
model = LogisticRegression(C=100.0, max_iter=1000).fit(x[own], y[own])
export_sklearn("target.npz", model, x, y, own, records_checksum=checksum(x, y))
expected["target"] = {"members": own.tolist(), "probabilities": model.predict_proba(x).tolist()}


def refuses(what, call):
    try:
        call()
    except ValueError:
        return
    raise SystemExit(f"{what} was not refused")


refuses("the same mask row", lambda: export_sklearn("shadows.npz", model, x, y, masks[0], mask_row=0, records_checksum=checksum(x, y)))
refuses("another order", lambda: export_sklearn("shadows.npz", model, x, y[::-1], masks[0], records_checksum=checksum(x, y)))
refuses("labels that are no whole numbers", lambda: append_row("new.npz", y + 0.5, own, logits=x))
refuses("a short mask", lambda: append_row("new.npz", y, own[1:], logits=x))
refuses("NaN", lambda: append_row("new.npz", y, own, logits=np.where(x > 2, np.nan, x)))

try:
    import torch
    from torch.utils.data import DataLoader, TensorDataset
except ImportError:
    torch = None
if torch is not None:
    used.append("PyTorch")
    torch.manual_seed(0)
    data = TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y))
    expected["torch"] = []
    for i in range(2):
        net = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 3))
        assert len(subset(data, masks[i])) == masks[i].sum()
        population = (data.tensors[0][:5] + 1, y[:5])
        export_torch("torch.npz", net, data, y, masks[i], population=population, mask_row=i)
        assert net.training, "the model must be left in training mode"
        net.eval()
        with torch.no_grad():
            expected["torch"].append(net(data.tensors[0]).tolist())
    refuses("a shuffled loader", lambda: export_torch("new.npz", net, DataLoader(data, shuffle=True), y, own))
with open("expected.json", "w") as file:
    json.dump(expected, file)
print(", ".join(used))
