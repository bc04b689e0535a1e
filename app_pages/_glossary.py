"""One line for each word of the field that the pages use: help texts and the page of words.

A page takes its help from here, so that a word means the same everywhere.
"""

TERMS = {
    "alignment": "How alike a model is to people or brains, in answers or in responses.",
    "benchmark": "A test that gives each model one number: brain, behaviour or engineering.",
    "bootstrap": "Repeat a calculation on random redraws of the data, to see how far it moves.",
    "ceiling": "The score that people or brains reach among themselves, an estimate: a model can "
    "lie above it.",
    "ceiled": "Divided by the ceiling, so that 1 is what people or brains reach.",
    "coverage": "Share of benchmarks on which a model has a score; of an interval, how often it "
    "holds the true value.",
    "doubted": "A score with a stated reason to think it wrong, as a failed run.",
    "generalizability": "How far an order of models would stay with other benchmarks of the kind.",
    "held fixed": "Compared as if all models had one value of something, mostly ImageNet top-1.",
    "human level": "How well people do on the same test; a model can do better.",
    "cohort": "A set of models and benchmarks, chosen by a stated rule.",
    "confidence": "How sure it is that two published names are one set of weights.",
    "correlation": "How two benchmarks order models: 1 alike, 0 unrelated, −1 opposite.",
    "error consistency": "κ: how often two observers err on the same images, beyond what their "
    "accuracies explain. 0 is chance, 1 is always.",
    "family": "Models of one architecture, as ResNets; not independent.",
    "interval": "95 % interval: the values that the data leave plausible.",
    "Kemeny": "The order that disagrees least, pair by pair, with all benchmarks.",
    "leaf": "A single benchmark, not an average of others.",
    "missing": "A model without a score on a benchmark: it failed, or nobody tried.",
    "metric": "A way of comparing, for example Spearman correlation or error consistency.",
    "odd one out": "Which of three images is unlike the two others, by people and by a model.",
    "percentile": "The share of other models that this one beats on it; a tie counts half.",
    "Plackett–Luce": "Each model has one strength, by which it comes first on a benchmark.",
    "PLS": "Partial least squares: a regression that predicts neurons from mixtures of features.",
    "policy": "What to put in the place of a missing score.",
    "probe": "A small classifier on the responses of a model, to see what they hold.",
    "rank": "Place in the order, 1 = best. Ties share the mean of their places.",
    "rank interval": "Nominal 95 % interval: the places a model could have on other datasets of "
    "this kind. It holds the true place in 89 % or more of simulated cases.",
    "RDM": "Representational dissimilarity matrix: how unlike each two images are to one observer.",
    "region": "Part of the visual cortex that was recorded, from V1 (edges) to IT (objects).",
    "scheme": "A way of averaging scores into one number, for example the mean rank.",
    "shape bias": "Share of decisions by shape, where shape and texture disagree.",
    "Shapley share": "What a part adds to r² of the average, averaged over all orders of adding.",
    "shot": "An example per class that a probe learns from.",
    "significant": "Too large for chance, corrected for the number of pairs tested (Bonferroni).",
    "snapshot": "A dated state of a source, such as a leaderboard in one year.",
    "specification": "One way to ask a question: models, benchmarks, policy and correlation.",
    "suite": "The collection that a benchmark belongs to.",
    "training data": "The images that the model learnt from, pre-training first.",
    "triplet": "Which of two images is nearer to a third, by people and by a model.",
    "two lines": "A test of a U: one line falls up to a break, the other rises beyond it.",
    "z²": "Squared distance from the mean, in standard deviations.",
}
