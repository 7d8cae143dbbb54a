"""PyTorch's twin of bench/location-shadows.ts: 16 models one after the other. Argument: threads."""

import json
import sys
import time

import torch

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)
WIDTHS = [446, 1024, 512, 256, 128, 30]


def network():
    layers = []
    for i, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        layers.append(torch.nn.Linear(inputs, outputs))
        if i < len(WIDTHS) - 2:
            layers.append(torch.nn.Tanh())
    return torch.nn.Sequential(*layers)


def train(x, y, epochs):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    for _ in range(epochs):
        order = torch.randperm(len(y))
        for start in range(0, len(y), 128):
            batch = order[start : start + 128]
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            loss.item()
    return model


x = (torch.rand(2504, 446) < 0.12).float()
y = torch.randint(0, 30, (1252,))
train(x[:1252], y, 1)
began = time.perf_counter()
for _ in range(16):
    model = train(x[:1252], y, 10)
    with torch.no_grad():
        model(x).numpy()
print(json.dumps({"value": time.perf_counter() - began}))
