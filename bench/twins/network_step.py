"""PyTorch's twin of bench/network-step.ts: the same network, batch, optimizer and number of steps."""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "test" / "fixtures" / "models"))

import torch  # noqa: E402
from networks import network  # noqa: E402

name, batch, threads, steps = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(threads)
torch.manual_seed(1)
model = network(name, {})
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
x = torch.rand(batch, 3, 32, 32) * 2 - 1
y = torch.randint(0, 10, (batch,))


def step():
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    loss.item()


for _ in range(3):
    step()
began = time.perf_counter()
for _ in range(steps):
    step()
print(json.dumps({"value": (time.perf_counter() - began) * 1000 / steps}))
