"""Reader of ClickMe: images with human importance maps, in TFRecord files."""

from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError

from compute.measure.sets.pictures import decoded
from compute.measure.sets.records import Record
from compute.measure.sets.stimuli import Stimuli, StimulusError

FEATURES = {"image": "byte", "heatmap": "byte", "label": "int"}


def read_clickme(record: Record, paths: list[Path]) -> Stimuli:
    """Images with human importance maps (Harmonization's TFRecords of ClickMe)."""
    from tfrecord import tfrecord_loader  # reads them without TensorFlow

    examples = []
    for path in paths:
        try:
            for number, example in enumerate(tfrecord_loader(str(path), None, FEATURES), start=1):
                found = {name: np.asarray(values) for name, values in example.items()}
                examples.append((f"{path.name} {number}", found))
        except (RuntimeError, KeyError, ValueError, TypeError, OverflowError, DecodeError) as error:
            raise StimulusError(
                f"{path}: record {len(examples) + 1} is not a tf.train.Example with "
                f"{', '.join(FEATURES)} ({error})"
            ) from error

    def picture(i: int, name: str):
        where, example = examples[i]
        return decoded(example[name].tobytes(), f"{where}, {name}")

    return Stimuli(
        name=record.name,
        ids=tuple(where for where, _ in examples),
        image=lambda i: picture(i, "image").convert("RGB"),
        maps=lambda i: np.asarray(picture(i, "heatmap").convert("L"), np.float64),
        labels=np.array([int(example["label"][0]) for _, example in examples]),
    )
