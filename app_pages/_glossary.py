"""One line for each word of the field that the pages use: help texts and the list in the sidebar.

A page takes its help from here, so that a word means the same everywhere.
"""

TERMS = {
    "alignment": "How alike the answers or responses of a model are to those of people or brains.",
    "benchmark": "A test that gives each model one number: brain, behaviour or engineering.",
    "bootstrap": "Repeat the calculation on random redraws of the same data, to see how far the "
    "result would move.",
    "ceiling": "The score that people or brains reach among themselves, an estimate: more cannot "
    "be expected of a model, though one can lie above it.",
    "human level": "How well people do on the same test; a model can do better.",
    "cohort": "A set of models and benchmarks, chosen by a stated rule.",
    "confidence": "How sure it is that two published names are one set of weights, from the exact "
    "weights to a guess.",
    "correlation": "Do two benchmarks order the models alike? 1: the same order, 0: no relation, "
    "−1: opposite orders.",
    "error consistency": "κ: how often two observers err on the same images, beyond what their "
    "accuracies explain. 0 is chance, 1 is always.",
    "interval": "95 % interval: the values that the data leave plausible.",
    "leaf": "A single benchmark, not an average of others.",
    "missing": "A model without a score on a benchmark: it failed, or nobody tried. A policy "
    "says what to put in its place.",
    "metric": "A way of comparing, for example Spearman correlation or error consistency.",
    "percentile": "The share of the other models scored on the same benchmark that this one beats. "
    "A tie counts half.",
    "rank": "Place in the order, 1 = best. Ties share the mean of their places.",
    "rank interval": "95 % interval of a rank: the places a model could have on other datasets of "
    "this kind. It holds the true place in 89 % or more of simulated cases.",
    "region": "Part of the visual cortex that was recorded, from V1 (edges) to IT (objects).",
    "scheme": "A way of averaging scores into one number, for example the mean rank.",
    "significant": "Too large for chance after correction for the number of pairs tested "
    "(Bonferroni).",
    "snapshot": "A dated state of a source, such as a leaderboard in one year.",
    "suite": "The collection that a benchmark belongs to.",
    "training data": "The images that the model learnt from, pre-training first.",
}
