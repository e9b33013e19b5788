"""Keras 3 on PyTorch: ``Model.fit`` around the same module."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

from benchmarks.tasks import LEARNING_RATE, Outcome, Run, Task


def prepare(task: Task, num_epochs: int) -> Run:
    """A compiled model that fits ``num_epochs`` epochs, silent."""
    if keras.backend.backend() != "torch":
        raise ImportError("the backend is not PyTorch; set KERAS_BACKEND=torch")
    layers = [keras.Input((28, 28)), keras.layers.TorchModuleWrapper(task.model())]
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE, epsilon=1e-8),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    (images, labels), (val_images, val_labels) = task.train, task.val

    def run() -> Outcome:
        history = model.fit(
            images,
            labels,
            batch_size=task.batch_size,
            epochs=num_epochs,
            validation_data=(val_images, val_labels),
            verbose=0,
        ).history
        return Outcome(*(history[key][-1] for key in ("loss", "val_loss", "val_accuracy")))

    return run
