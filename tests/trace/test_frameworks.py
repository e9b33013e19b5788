"""Runs of Lightning and Ignite under the record: a true trace, and no false alarm."""

import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course_lib import record
from course_lib.auditing import audit


def loaders():
    torch.manual_seed(0)
    classes = torch.arange(96) % 3
    inputs = 2 * torch.eye(6)[classes] + torch.randn(96, 6)
    parts = slice(0, 64), slice(64, 96)
    return [
        DataLoader(TensorDataset(inputs[part], classes[part]), 16, shuffle=not place)
        for place, part in enumerate(parts)
    ]


def network():
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))


def counts(trace):
    found = {kind: len(trace.of_kind(kind)) for kind in ("step", "backward")}
    cleared = [e for e in trace.of_kind("zero_grad") if e.numbers["how"] == "optimizer"]
    return found | {"zero_grad": len(cleared)}


def lightning_module(forget_eval=False):
    lightning = pytest.importorskip("lightning", reason="Lightning is not installed here")

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = network()

        def training_step(self, batch, batch_idx):
            return nn.functional.cross_entropy(self.net(batch[0]), batch[1])

        def validation_step(self, batch, batch_idx):
            if forget_eval:
                self.net.train()
            self.log("val_loss", nn.functional.cross_entropy(self.net(batch[0]), batch[1]))

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-2)

    return lightning, Module()


def fit_lightning(tmp_path, **settings):
    lightning, module = lightning_module(**settings)
    train, val = loaders()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = lightning.Trainer(
            max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=True,
            enable_progress_bar=False, enable_model_summary=False, default_root_dir=tmp_path,
        )  # fmt: skip
        with record(train=train, val=val) as trace:
            trainer.fit(module, train, val)
    return trace


def test_a_lightning_run_gives_a_true_trace(tmp_path):
    trace = fit_lightning(tmp_path)
    assert trace.lost == 0, trace.surprises
    assert counts(trace) == {"step": 8, "backward": 8, "zero_grad": 8}
    drawn = [event.numbers["role"] for event in trace.of_kind("batch")]
    assert (drawn.count("train"), drawn.count("val")) == (8, 2 + 2 * 2)  # and a check before
    modes = {
        (event.numbers["role"], event.numbers["training"], event.numbers["grad"])
        for event in trace.of_kind("forward")
    }
    assert modes == {("train", True, True), ("val", False, False)}
    assert all(event.numbers["update_norm"] > 0 for event in trace.of_kind("step"))
    assert audit(trace) == []


def test_a_mistake_in_a_lightning_module_is_found(tmp_path):
    trace = fit_lightning(tmp_path, forget_eval=True)
    assert [finding.code for finding in audit(trace)] == ["missing-eval-mode"]


def run_ignite(forget_zero=False):
    engine = pytest.importorskip("ignite.engine", reason="Ignite is not installed here")
    metrics = pytest.importorskip("ignite.metrics")
    train, val = loaders()
    model, loss = network(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    def update(_, batch):
        model.train()
        value = loss(model(batch[0]), batch[1])
        if not forget_zero:
            optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.item()

    trainer = engine.Engine(update)
    if not forget_zero:
        trainer = engine.create_supervised_trainer(model, optimizer, loss)
    evaluator = engine.create_supervised_evaluator(
        model, metrics={"accuracy": metrics.Accuracy(), "loss": metrics.Loss(loss)}
    )
    trainer.add_event_handler(engine.Events.EPOCH_COMPLETED, lambda: evaluator.run(val))
    with record(train=train, val=val) as trace:
        trainer.run(train, max_epochs=2)
    return trace


def test_an_ignite_run_gives_a_true_trace():
    trace = run_ignite()
    assert trace.lost == 0, trace.surprises
    assert counts(trace) == {"step": 8, "backward": 8, "zero_grad": 8}
    modes = {
        (event.numbers["role"], event.numbers["training"], event.numbers["grad"])
        for event in trace.of_kind("forward")
    }
    assert modes == {("train", True, True), ("val", False, False)}
    assert audit(trace) == []


def test_a_mistake_in_an_ignite_handler_is_found():
    assert [f.code for f in audit(run_ignite(forget_zero=True))] == ["missing-zero-grad"]
