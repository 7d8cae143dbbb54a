"""PyTorch's twin of bench/mlp-training.ts: the same network, batch, optimizer and number of steps, one thread."""

import json
import sys
import time

import torch

torch.set_num_threads(1)
torch.manual_seed(1)
ALPHA = 0.5
NAME, LOSS = sys.argv[1:3]
# Widths, batch size, records, epochs to time.
WIDTHS, BATCH, RECORDS, EPOCHS = {
    "location30": ([446, 1024, 512, 256, 128, 30], 128, 1252, 10),
    "purchase": ([600, 1024, 512, 256, 100], 512, 5120, 3),
}[NAME]
layers = []
for i, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
    layers.append(torch.nn.Linear(inputs, outputs))
    if i < len(WIDTHS) - 2:
        layers.append(torch.nn.Tanh())
model = torch.nn.Sequential(*layers)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
x = (torch.rand(RECORDS, WIDTHS[0]) < 0.12).float()
y = torch.randint(0, WIDTHS[-1], (RECORDS,))


def loss_of(logits, labels):
    u = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    if LOSS == "ccel":
        return (ALPHA * u - (1 - ALPHA) * torch.exp(torch.exp(-u))).mean()
    return u.mean()


def epoch():
    order = torch.randperm(len(x))
    steps = 0
    for start in range(0, len(x), BATCH):
        batch = order[start : start + BATCH]
        optimizer.zero_grad()
        loss = loss_of(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        loss.item()
        steps += 1
    return steps


for _ in range(2):
    epoch()
began = time.perf_counter()
steps = sum(epoch() for _ in range(EPOCHS))
print(json.dumps({"value": (time.perf_counter() - began) * 1000 / steps}))
