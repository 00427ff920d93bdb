"""One measurement of `engine` in PyTorch: the same network, in an interpreter that has PyTorch alone.

    PYTHON benchmarks/engine_torch.py --blocks '[[32, 2, 0.2]]' --dense 300 100 --batch-size 32 --seconds 10

Eager PyTorch in the channels_last layout, with its own choice of threads. The images are random, since the time
does not depend on them; every step picks its batch, scales it, and counts loss and correct answers as ours does.
Imports nothing of this project. Prints one JSON line.
"""

import argparse
import json
import time
from contextlib import nullcontext

import torch
from torch import nn

WARM_UP = 20  # batches, as in engine_keras
IMAGES = 45_000


def build(blocks: list[list], dense: list[int]) -> nn.Sequential:
    """Convolution, ReLU and batch-norm; after each block pooling and dropout; then dense layers."""
    layers, channels, side = [], 3, 32
    for filters, convolutions, dropout in blocks:
        for _ in range(convolutions):
            convolution = nn.Conv2d(channels, filters, 3, padding="same")
            layers += [convolution, nn.ReLU(), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)]
            channels = filters
        layers += [nn.MaxPool2d(2), nn.Dropout(dropout)]
        side //= 2
    layers.append(nn.Flatten())
    units = channels * side * side
    for width in [*dense, 10]:
        layers.append(nn.Linear(units, width))
        units = width
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blocks", type=json.loads, required=True, help="[[filters, convolutions, dropout], ...]")
    parser.add_argument("--dense", type=int, nargs="*", default=[])
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--bfloat16", action="store_true", help="with autocast; otherwise float32")
    options = parser.parse_args()
    torch.manual_seed(0)
    pictures = torch.randint(0, 256, (IMAGES, 32, 32, 3), dtype=torch.uint8)
    labels = torch.randint(0, 10, (IMAGES,))
    model = build(options.blocks, options.dense).train()
    optimizer = torch.optim.Adamax(model.parameters(), lr=options.learning_rate)
    correct = total_loss = 0.0
    done, started = 0, 0.0
    while done <= WARM_UP or time.perf_counter() - started < options.seconds:
        if done == WARM_UP:
            started = time.perf_counter()
        rows = torch.randint(0, IMAGES, (options.batch_size,))
        images = pictures[rows].permute(0, 3, 1, 2).float() / 255  # stays channels_last
        with torch.autocast("cpu", torch.bfloat16) if options.bfloat16 else nullcontext():
            logits = model(images)
        loss = nn.functional.cross_entropy(logits.float(), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total_loss += float(loss.detach())
        correct += int((logits.argmax(1) == labels[rows]).sum())
        done += 1
    seconds = time.perf_counter() - started
    line = {
        "images_per_second": (done - WARM_UP) * options.batch_size / seconds,
        "precision": "bfloat16" if options.bfloat16 else "float32",
        "trainable": sum(values.numel() for values in model.parameters()),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
