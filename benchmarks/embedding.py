"""Embedding throughput: whole runs (decode, preprocess, embed) against the network alone.

Run ``python -m benchmarks.embedding [--device cuda]``; the table goes to
``benchmarks/results/embedding.md``. The network alone is a loop over one prepared batch, as timm's
``benchmark.py`` measures it. Only the ratios are a claim.
"""

import statistics
import time

import click

from benchmarks.measure import publish
from compute.measure import embed, sets, weights

ROUNDS = 7


def network_alone(model: embed.Model, n_images: int, batch_size: int, device: str) -> float:
    """Images per second of forward passes over one batch that is there already."""
    import torch

    place = embed.pick_device(device)
    network = model.network.to(place).to(memory_format=torch.channels_last)
    batch = torch.randn(batch_size, *model.preprocess["input_size"], device=place)
    batch = batch.to(memory_format=torch.channels_last)
    with torch.inference_mode():
        start = time.perf_counter()
        for _ in range(n_images // batch_size):
            network.forward_head(network.forward_features(batch), pre_logits=True)
        if place.type == "cuda":
            torch.cuda.synchronize()
    return n_images // batch_size * batch_size / (time.perf_counter() - start)


@click.command()
@click.option("--device", default="auto")
@click.option("--images", default=160, show_default=True)
def main(device: str, images: int) -> None:
    """Time both in turn, write the table."""
    import torch

    torch.set_num_threads(1)
    source = sets.read("digits")
    lines = [
        "# Embedding throughput",
        "",
        f"{images} digits as ordinary images, medians of {ROUNDS} rounds, both sides in turn; on "
        "the CPU of 2 shared cores one thread computes, because two that wait for each other "
        "measure the machine's other work. The share is the median of the rounds' own; processor "
        "time per image, threads that prepare images included, does not count other work.",
        "",
        "| model | input | device | network alone, images/s | whole, images/s | share | goal "
        "| processor alone, ms | whole, ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in ("random:mobilenetv1_025:0", "random:mobilenetv2_100:0", "random:resnet18:0"):
        model = embed.load(weights.resolve(name))
        place = embed.pick_device(device)
        size = embed.BATCH_SIZE[place.type]
        embed.embed(model, source.image, size, device=device)  # warm
        rounds = []
        for _ in range(ROUNDS):
            cpu = time.process_time()
            alone = network_alone(model, images, size, device)
            cpu_alone = time.process_time() - cpu
            start, cpu = time.perf_counter(), time.process_time()
            embed.embed(model, source.image, images, device=device)
            whole = images / (time.perf_counter() - start)
            cpu_whole = time.process_time() - cpu
            each = [1000 * c / images for c in (cpu_alone, cpu_whole)]
            rounds.append((alone, whole, whole / alone, *each))
        a, b, share, *each = (statistics.median(r) for r in zip(*rounds, strict=True))
        pixels = model.preprocess["input_size"][1]
        lines.append(
            f"| {name} | {pixels} | {embed.device_name(place)} | {a:.1f} | {b:.1f} | {share:.2f} "
            f"| ≥ 0.95 | {each[0]:.2f} | {each[1]:.2f} |"
        )
    publish("embedding", lines)


if __name__ == "__main__":
    main()
