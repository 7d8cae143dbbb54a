"""PyTorch's twin of bench/location-mlp.ts: the same network, batch, optimizer and number of steps, one thread."""

import json
import sys
import time

import torch

torch.set_num_threads(1)
torch.manual_seed(1)
ALPHA = 0.5
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


def loss_of(logits, labels):
    u = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    if sys.argv[1:] == ["ccel"]:
        return (ALPHA * u - (1 - ALPHA) * torch.exp(torch.exp(-u))).mean()
    return u.mean()


def epoch():
    order = torch.randperm(len(x))
    for start in range(0, len(x), 128):
        batch = order[start : start + 128]
        optimizer.zero_grad()
        loss = loss_of(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        loss.item()


for _ in range(2):
    epoch()
began = time.perf_counter()
for _ in range(10):
    epoch()
print(json.dumps({"value": (time.perf_counter() - began) * 1000 / (10 * 10)}))
