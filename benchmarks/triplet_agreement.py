"""Exact triplet agreement: every triplet compared, in NumPy and in torch, against people's order.

Run ``python -m benchmarks.triplet_agreement``; all sides get the same distances, the results are
compared first, and the table goes to ``benchmarks/results/triplet_agreement.md``. Only the ratios
are a claim: seconds depend on the machine. Peers are timed on a sample of models and scaled.
"""

import numpy as np

from benchmarks.measure import both, publish, rounds
from compute.measure.rdm import distances
from compute.measure.triplets import triplet_agreement

N_STIMULI, N_MODELS, N_SETS, SAMPLE, ROUNDS = 120, 500, 6, 25, 5


def counted(n: int) -> np.ndarray:
    """Triplets (i; j < k) of three different stimuli as a mask."""
    i, j, k = np.ogrid[:n, :n, :n]
    return (j < k) & (i != j) & (i != k)


def brute_force(models: np.ndarray, human: np.ndarray) -> list[float]:
    """Each model against people: list the triplets, look all four distances up, compare."""
    out = []
    for d in models:
        i, j, k = np.nonzero(counted(len(d)))
        out.append(float(np.mean((d[i, j] < d[i, k]) == (human[i, j] < human[i, k]))))
    return out


def broadcast(models: np.ndarray, human: np.ndarray) -> list[float]:
    """A comparison over all (i, j, k) per model; the mask and the human side made once."""
    mask = counted(len(human))
    of_human = human[:, :, None] < human[:, None, :]
    whole = mask.sum()
    out = []
    for d in models:
        equal = (d[:, :, None] < d[:, None, :]) == of_human
        out.append(float(np.count_nonzero(equal & mask) / whole))
    return out


def gather(models: np.ndarray, human: np.ndarray) -> list[float]:
    """Indices of all triplets made once; two gathers and a comparison per model."""
    i, j, k = np.nonzero(counted(len(human)))
    of_human = human[i, j] < human[i, k]
    return [float(np.mean((d[i, j] < d[i, k]) == of_human)) for d in models]


def torch_broadcast(models: np.ndarray, human: np.ndarray) -> list[float]:
    """One broadcast comparison per model, the human side and the mask made once."""
    import torch

    mask = torch.from_numpy(counted(len(human)))
    h = torch.from_numpy(human)
    of_human = h[:, :, None] < h[:, None, :]
    whole = int(mask.sum())
    out = []
    for d in torch.from_numpy(models):
        equal = (d[:, :, None] < d[:, None, :]) == of_human
        out.append(int((equal & mask).sum()) / whole)
    return out


def main() -> None:
    """Compare, time, write the table."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(N_MODELS, N_STIMULI, 32))
    models = np.stack([distances(x) for x in features])
    human = np.round(distances(rng.normal(size=(N_STIMULI, 8))), 1)  # people's ratings tie
    sample = models[:SAMPLE]
    ours = triplet_agreement(models, human)
    peers = {
        "brute force (NumPy)": brute_force,
        "gather (NumPy)": gather,
        "broadcast (NumPy)": broadcast,
        "broadcast (torch)": torch_broadcast,
    }
    for peer in peers.values():
        np.testing.assert_allclose(peer(sample, human), ours[:SAMPLE], atol=1e-12)
    sides = {name: lambda p=peer: p(sample, human) for name, peer in peers.items()}
    sides["people's order (ours)"] = lambda: triplet_agreement(models, human)
    times = np.median(rounds(list(sides.values()), ROUNDS, both), axis=0)
    scale = dict.fromkeys(peers, N_MODELS * N_SETS / SAMPLE)
    middle = {n: scale.get(n, N_SETS) * t for n, t in zip(sides, times, strict=True)}
    ours_wall, ours_cpu = middle["people's order (ours)"]
    goals = {name: 75 if name.startswith("brute") else 10 for name in peers}
    lines = [
        "# Exact triplet agreement",
        "",
        f"{N_MODELS} models × {N_SETS} sets of {N_STIMULI} stimuli, "
        f"{N_STIMULI * (N_STIMULI - 1) * (N_STIMULI - 2) // 2:,} triplets each; people's "
        f"dissimilarities tie. Medians of {ROUNDS} on 2 shared cores; peers on {SAMPLE} models of "
        "one set, scaled; ours on one set, scaled. Results equal to 1e-12. Processor time adds up "
        "all threads and does not count the machine's other work.",
        "",
        "| way | wall, s | ratio | processor, s | ratio | goal |",
        "|---|---|---|---|---|---|",
    ]
    for name, (wall, cpu) in middle.items():
        goal = f"≥ {goals[name]}×" if name in goals else ""
        lines.append(
            f"| {name} | {wall:.2f} | {wall / ours_wall:.0f}× | {cpu:.2f} | {cpu / ours_cpu:.0f}× "
            f"| {goal} |"
        )
    publish("triplet_agreement", lines)


if __name__ == "__main__":
    main()
