"""Opacus's twin of bench/dp-sgd.ts: the same network, expected batch, clip norm and noise multiplier, one thread."""

import json
import time
import warnings

import torch
from opacus import PrivacyEngine

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.manual_seed(1)
WIDTHS = [446, 1024, 512, 256, 128, 30]
layers = []
for i, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
    layers.append(torch.nn.Linear(inputs, outputs))
    if i < len(WIDTHS) - 2:
        layers.append(torch.nn.Tanh())
model = torch.nn.Sequential(*layers)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
x = (torch.rand(1252, 446) < 0.12).float()
y = torch.randint(0, 30, (1252,))
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=128)
model, optimizer, loader = PrivacyEngine().make_private(
    module=model,
    optimizer=optimizer,
    data_loader=loader,
    noise_multiplier=1.0,
    max_grad_norm=1.0,
)


def run(wanted):
    steps = 0
    while True:
        for features, labels in loader:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(features), labels)
            loss.backward()
            optimizer.step()
            loss.item()
            steps += 1
            if steps == wanted:
                return


run(3)
began = time.perf_counter()
run(20)
print(json.dumps({"value": (time.perf_counter() - began) * 1000 / 20}))
