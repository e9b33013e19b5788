"""The numbers of the record, against numbers computed beside it."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

from course_lib import record


def norm(tensors) -> float:
    return math.sqrt(sum(float((t.double() ** 2).sum()) for t in tensors))


def test_loss_gradient_and_update(loader, model, optimizer):
    losses, gradients, updates, clipped = [], [], [], []
    with record() as trace:
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs), targets)
            losses.append(loss.item())
            (loss / 2).backward()
            gradients.append(norm(p.grad for p in model.parameters()))
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            clipped.append(norm(p.grad for p in model.parameters()))
            before = [p.detach().clone() for p in model.parameters()]
            optimizer.step()
            updates.append(
                norm(a - b.detach() for a, b in zip(before, model.parameters(), strict=True))
            )
    assert [e.numbers["value"] for e in trace.of_kind("loss")] == losses
    backwards = trace.of_kind("backward")
    assert [e.numbers["value"] for e in backwards] == pytest.approx([v / 2 for v in losses])
    assert [e.numbers["scale"] for e in backwards] == pytest.approx([0.5] * 4)
    assert [e.numbers["loss_by"] for e in backwards] == ["order"] * 4
    clips, steps = trace.of_kind("clip"), trace.of_kind("step")
    assert [e.numbers["norm"] for e in clips] == pytest.approx(gradients, rel=1e-5)
    assert [e.numbers["limit"] for e in clips] == [0.1] * 4
    assert [e.numbers["grad_norm"] for e in steps] == pytest.approx(clipped, rel=1e-5)
    assert [e.numbers["update_norm"] for e in steps] == pytest.approx(updates, rel=1e-4)
    assert all(e.numbers["lr"] == [0.1] and e.numbers["update_of"] == 1.0 for e in steps)


def test_a_loss_changed_in_place_keeps_its_value(model, dataset):
    inputs, targets = dataset.tensors
    with record() as trace:
        loss = F.cross_entropy(model(inputs), targets)
        value = loss.item()
        loss /= 4
        loss.backward()
    assert trace.of_kind("loss")[0].numbers["value"] == value
    assert trace.of_kind("backward")[0].numbers["scale"] == pytest.approx(0.25)


def test_a_huge_model_is_measured_in_part(monkeypatch, dataset):
    monkeypatch.setattr("course_lib.trace.weight_copies._MANY", 25)
    model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3))  # 24 + 4 + 12 + 3 elements
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    inputs, targets = dataset.tensors
    with record() as trace:
        F.cross_entropy(model(inputs), targets).backward()
        parts = [model[1].bias.grad, model[0].bias.grad, model[1].weight.grad]
        expected = norm(parts)
        optimizer.step()
    numbers = trace.of_kind("step")[0].numbers
    assert numbers["update_of"] == pytest.approx(19 / 43)
    assert numbers["update_norm"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("stretch", [1 << 18, 30, 1])
def test_updates_are_measured_whatever_becomes_of_the_weights(stretch, monkeypatch):
    """Copies lie side by side in memory; another shape, type or parameter makes new room."""
    monkeypatch.setattr("course_lib.trace.weight_copies._STRETCH", stretch)
    first, second, third = (nn.Parameter(torch.randn(n, 2)) for n in (10, 2, 5))
    frozen = nn.Parameter(torch.randn(7), requires_grad=False)
    optimizer = torch.optim.SGD([first, frozen, second], lr=0.5)
    expected = []

    def step():
        for p in (first, second, third):
            p.grad = torch.randn_like(p)
        held = [p for group in optimizer.param_groups for p in group["params"]]
        expected.append(norm(0.5 * p.grad for p in held if p.grad is not None))
        optimizer.step()

    with record() as trace:
        step()
        step()
        optimizer.add_param_group({"params": [third]})
        step()
        first.data = torch.randn(3, 2)
        second.data = second.data.double()
        step()
    steps = [e.numbers for e in trace.of_kind("step")]
    assert [s["update_norm"] for s in steps] == pytest.approx(expected, rel=1e-5)
    whole = [24 / 31, 24 / 31, 34 / 41, 20 / 27]
    assert [s["update_of"] for s in steps] == pytest.approx(whole)
    assert trace.lost == 0, trace.surprises


def test_a_step_tells_what_its_gradients_are_the_sum_of(loader, model, optimizer):
    with record() as trace:
        for number, (inputs, targets) in enumerate(loader):
            F.cross_entropy(model(inputs), targets).backward()
            if number % 2:
                optimizer.step()
    first, second = (e.numbers["gradients"] for e in trace.of_kind("step"))
    backwards = [e.index for e in trace.of_kind("backward")]
    assert len(first) == len(second) == 1
    assert first[0]["backwards"] == backwards[:2]
    assert (first[0]["count"], first[0]["used"], first[0]["parameters"]) == (2, 0, 6)
    assert second[0]["backwards"] == backwards
    assert (second[0]["count"], second[0]["used"]) == (4, 2)  # never cleared in between
    assert [e.numbers["accumulated"] for e in trace.of_kind("backward")] == [0, 6, 6, 6]


def test_each_optimizer_is_judged_by_its_own_parameters(dataset):
    """A GAN that clears the critic first uses no old gradients; one that forgets does."""
    real = dataset.tensors[0][:16]
    for forgets in (False, True):
        generator, critic = nn.Linear(2, 6), nn.Linear(6, 1)
        for_critic = torch.optim.SGD(critic.parameters(), lr=0.1)
        for_generator = torch.optim.SGD(generator.parameters(), lr=0.1)
        with record() as trace:
            for _ in range(3):
                if not forgets:
                    for_critic.zero_grad()
                fake = generator(torch.randn(16, 2))
                (critic(fake.detach()).mean() - critic(real).mean()).backward()
                for_critic.step()
                for_generator.zero_grad()
                (-critic(fake).mean()).backward()
                for_generator.step()
        ids = {e.who["optimizer"] for e in trace.of_kind("step")}
        assert len(ids) == 2
        critics = [e for e in trace.of_kind("step") if e.who == trace.of_kind("step")[0].who]
        counts = [e.numbers["gradients"][0]["count"] for e in critics]
        assert counts == ([1, 3, 5] if forgets else [1, 1, 1])
        generators = [e for e in trace.of_kind("step") if e not in critics]
        assert [e.numbers["gradients"][0]["count"] for e in generators] == [1, 1, 1]


@pytest.mark.parametrize(
    "clear",
    [
        lambda m, o: o.zero_grad(),
        lambda m, o: o.zero_grad(set_to_none=False),
        lambda m, o: m.zero_grad(),
        lambda m, o: [setattr(p, "grad", None) for p in m.parameters()],
        lambda m, o: [p.grad.zero_() for p in m.parameters()],
        lambda m, o: [p.grad.data.zero_() for p in m.parameters()],
        lambda m, o: [setattr(p, "grad", torch.zeros_like(p)) for p in m.parameters()],
    ],
    ids=["optimizer", "to zero", "model", "None", "zero_", "data.zero_", "new zeros"],
)
def test_every_way_of_clearing_is_seen(clear, loader, model, optimizer):
    with record() as trace:
        for inputs, targets in loader:
            loss = F.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            clear(model, optimizer)
    assert [e.numbers["gradients"][0]["count"] for e in trace.of_kind("step")] == [1] * 4
    assert all(e.numbers["unused"] == [] for e in trace.of_kind("zero_grad"))
    assert len(trace.of_kind("zero_grad")) in (3, 4)  # by hand: noticed at the next backward


def test_clearing_before_the_step_is_told(loader, model, optimizer):
    with record() as trace:
        for inputs, targets in loader:
            F.cross_entropy(model(inputs), targets).backward()
            optimizer.zero_grad()
            optimizer.step()
    backwards = [[e.index] for e in trace.of_kind("backward")]
    assert [e.numbers["unused"] for e in trace.of_kind("zero_grad")] == backwards
    assert [e.numbers["with_grad"] for e in trace.of_kind("step")] == [0] * 4


def test_loaders_roles_and_positions(dataset):
    train, val = Subset(dataset, range(40)), Subset(dataset, range(40, 64))
    loaders = {
        "train": DataLoader(train, 20, shuffle=True),
        "val": DataLoader(val, 12),
    }
    again = DataLoader(val, 24)  # made anew from the same data set
    equal = DataLoader(Subset(dataset, range(40)), 40)  # the same samples
    other = DataLoader(Subset(dataset, range(10, 30)), 20)
    with record(**loaders) as trace:
        for loader in (*loaders.values(), again, equal, other):
            list(loader)
    told = [(e.numbers["role"], e.numbers["role_by"]) for e in trace.of_kind("loader")]
    assert told == [
        ("train", "loader"),
        ("val", "loader"),
        ("val", "dataset"),
        ("train", "tensors"),
        (None, None),
    ]
    assert [e.numbers["order"] for e in trace.of_kind("loader")][:2] == ["shuffled", "sequential"]
    batches = [e.numbers for e in trace.of_kind("batch")]
    assert [b["role"] for b in batches] == ["train"] * 2 + ["val"] * 3 + ["train", None]
    assert [b["order"] for b in batches] == ["mixed"] * 2 + ["ascending"] * 5
    assert [b["first"] for b in batches][2:] == [0, 12, 0, 0, 0]
    assert [b["samples"] for b in batches] == [20, 20, 12, 12, 24, 40, 20]
    assert all(b["pairs"] for b in batches)


def test_a_data_set_that_is_gone_does_not_lend_its_number_to_another():
    with record() as trace:
        for _ in range(8):
            list(DataLoader(TensorDataset(torch.zeros(2, 1)), 2))
    assert [e.numbers["dataset"] for e in trace.of_kind("loader")] == list(range(8))


def test_workers_give_the_same_record(dataset):
    def batches(**settings):
        generator = torch.Generator().manual_seed(3)
        loader = DataLoader(dataset, 16, shuffle=True, generator=generator, **settings)
        with record() as trace:
            list(loader)
            list(loader)
        return [e.numbers for e in trace.of_kind("batch")]

    alone = batches()
    assert len(alone) == 8
    assert batches(num_workers=2) == alone
    kept = batches(num_workers=1, persistent_workers=True)
    assert kept[:4] == alone[:4]  # a second pass draws another order there, also without a record
    assert [b["pairs"] for b in kept] == [b["pairs"] for b in alone]
    assert [b["position"] for b in kept] == [1, 2, 3, 4] * 2


def test_other_loaders_are_watched_when_given(dataset, model):
    class Chunks:
        def __iter__(self):
            for start in range(0, 64, 16):
                yield tuple(tensor[start : start + 16] for tensor in dataset.tensors)

    chunks, others = Chunks(), Chunks()
    original = Chunks.__iter__
    with record(train=chunks) as trace:
        for loader in (chunks, others):
            for inputs, _ in loader:
                model(inputs)
    assert [e.numbers["role"] for e in trace.of_kind("batch")] == ["train"] * 4
    assert Chunks.__iter__ is original


def test_tensors_of_known_role(dataset, model):
    inputs, targets = dataset.tensors
    with record(train=(inputs[:40], targets[:40]), val=(inputs[40:], targets[40:])) as trace:
        for start in range(0, 60, 20):
            F.cross_entropy(model(inputs[start : start + 20]), targets[start : start + 20])
    assert [e.numbers["role"] for e in trace.of_kind("forward")] == ["train", "train", "val"]


def test_inputs_and_targets_are_compared_with_the_batch(loader, model):
    with record(train=loader) as trace:
        for inputs, targets in loader:
            order = torch.randperm(len(targets))
            F.cross_entropy(model(inputs.clone()), targets)
            F.cross_entropy(model(inputs[order]), targets[order])
            F.cross_entropy(model(inputs * 2), targets[order].clone())
    assert [e.numbers["inputs"] for e in trace.of_kind("forward")][:3] == [
        "same",
        "permuted",
        "other",
    ]
    told = [e.numbers["targets"] for e in trace.of_kind("loss")]
    assert told == ["same", "permuted", "permuted"] * 4
    assert {e.numbers["role"] for e in trace.of_kind("forward", "loss")} == {"train"}


def test_a_batch_drawn_ahead_is_recognised_by_its_content(dataset, model):
    """accelerate draws one batch ahead of the one it gives."""
    with record() as trace:
        batches = iter(DataLoader(dataset, 16))
        waiting = next(batches)
        for coming in batches:
            model(waiting[0].clone())
            waiting = coming
        model(waiting[0].clone())
    drawn = [e.index for e in trace.of_kind("batch")]
    assert [e.numbers["batch"] for e in trace.of_kind("forward")] == drawn


def test_pairs_that_do_not_belong_together(dataset):
    def shuffled_targets(samples):
        inputs, targets = zip(*samples, strict=True)
        return torch.stack(inputs), torch.stack(targets).flip(0)

    with record() as trace:
        list(DataLoader(dataset, 16, collate_fn=shuffled_targets))
        list(DataLoader(dataset, 16))
    told = [e.numbers["pairs"] for e in trace.of_kind("batch")]
    assert told == [False, False, False, None, True, True, True, None]


def test_the_same_batch_again_and_again(loader, model, optimizer):
    with record() as trace:
        for _ in range(5):
            inputs, targets = next(iter(DataLoader(loader.dataset, 16)))
            F.cross_entropy(model(inputs), targets).backward()
    assert [e.numbers["repeat"] for e in trace.of_kind("forward")] == [0, 1, 2, 3, 4]
    assert {e.numbers["position"] for e in trace.of_kind("batch")} == {1}
    fixed = DataLoader(loader.dataset, 16)
    with record() as trace:
        for _ in range(3):
            list(fixed)
    assert [e.numbers["seen_before"] for e in trace.of_kind("batch")] == [0] * 4 + [1] * 4 + [2] * 4


@pytest.mark.parametrize(
    ("last", "kind", "operation"),
    [
        (nn.Identity(), "other", "AddmmBackward0"),
        (nn.Softmax(1), "probabilities", "SoftmaxBackward0"),
        (nn.LogSoftmax(1), "log_probabilities", "LogSoftmaxBackward0"),
        (nn.Sigmoid(), "unit_interval", "SigmoidBackward0"),
    ],
)
def test_what_goes_into_cross_entropy(last, kind, operation, dataset):
    model = nn.Sequential(nn.Linear(6, 3), last)
    inputs, targets = dataset.tensors
    with record() as trace:
        nn.CrossEntropyLoss()(model(inputs), targets)
    numbers = trace.of_kind("loss")[0].numbers
    assert (numbers["input"], numbers["input_op"]) == (kind, operation)


def test_losses_kept_with_their_graphs_are_counted(loader, model, optimizer):
    def alive(keep):
        with record() as trace:
            total = 0
            for _ in range(3):
                for inputs, targets in loader:
                    optimizer.zero_grad()
                    loss = F.cross_entropy(model(inputs), targets)
                    loss.backward()
                    optimizer.step()
                    total = keep(total, loss)
        return [e.numbers["graphs_alive"] for e in trace.of_kind("backward")]

    assert alive(lambda total, loss: total + loss) == list(range(12))
    kept = []
    assert alive(lambda total, loss: kept.append(loss)) == list(range(12))
    assert max(alive(lambda total, loss: total + loss.item())) <= 1
    assert max(alive(lambda total, loss: total + loss.detach())) <= 1


def test_layers_that_care_about_the_mode(dataset, model):
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(6, 3)

        def forward(self, x):
            return F.dropout(self.layer(x), 0.5)  # forgets training=self.training

    functional = Functional()
    with record() as trace:
        for module in (model, functional):
            module.train()(dataset.tensors[0])
            module.eval()(dataset.tensors[0])
    counts = [tuple(e.numbers["layers"].values()) for e in trace.of_kind("forward")]
    # dropout on, off, batch norm on, off
    assert counts == [(1, 0, 1, 0), (0, 1, 0, 1), (1, 0, 0, 0), (1, 0, 0, 0)]
    assert [e.numbers["changed"] for e in trace.of_kind("mode")] == [0, 6, 0, 2]


def test_models_and_optimizers_that_do_not_fit(dataset):
    inputs, targets = dataset.tensors
    model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3))
    only_head = torch.optim.SGD(model[1].parameters(), lr=0.1)
    with record() as trace:
        F.cross_entropy(model(inputs), targets).backward()
        only_head.step()
    numbers = trace.of_kind("step")[0].numbers
    assert (numbers["orphans"], numbers["orphan_names"]) == (2, ["0.weight", "0.bias"])
    assert trace[-1].numbers["models"][0]["got_gradient_not_in_optimizer"] == 2

    old = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(old.parameters(), lr=0.1)
    new = copy.deepcopy(old)
    with record() as trace:
        F.cross_entropy(new(inputs), targets).backward()
        optimizer.step()
    numbers = trace.of_kind("step")[0].numbers
    assert (numbers["in_forward"], numbers["not_in_forward"], numbers["with_grad"]) == (0, 2, 0)
    assert trace.of_kind("optimizer")[0].numbers["unknown"] == 2

    with record() as trace:
        for _ in range(3):
            optimizer = torch.optim.Adam(new.parameters())
            F.cross_entropy(new(inputs), targets).backward()
            optimizer.step()
    made = trace.of_kind("optimizer")
    assert [e.numbers["created"] for e in made] == [True] * 3
    assert [e.numbers["replaces"] for e in made] == [None, *(e.who["optimizer"] for e in made[:2])]
    assert [e.numbers["older_steps"] for e in made] == [0, 1, 1]


def test_a_head_exchanged_after_the_optimizer_was_made(dataset):
    inputs, targets = dataset.tensors
    model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with record() as trace:
        F.cross_entropy(model(inputs), targets % 2).backward()
        optimizer.step()
        optimizer.zero_grad()
        model[1] = nn.Linear(4, 3)
        F.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
    first, second = (e.numbers for e in trace.of_kind("step"))
    assert (first["orphans"], first["not_in_forward"]) == (0, 0)
    assert (second["orphans"], second["not_in_forward"]) == (2, 2)
    assert second["orphan_names"] == ["1.weight", "1.bias"]


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
def test_schedulers(model, optimizer, dataset):
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.1)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    with record() as trace:
        scheduler.step()
        optimizer.step()
        optimizer.step()
        scheduler.step()
        plateau.step(torch.tensor(0.5))
        inside = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        torch.optim.lr_scheduler.SequentialLR(
            optimizer, [torch.optim.lr_scheduler.ConstantLR(optimizer), inside], [1]
        ).step()
    told = [e.numbers for e in trace.of_kind("scheduler_step")]
    assert len(told) == 4  # initial steps, and steps within steps, are not the reader's
    assert [n["since"] for n in told] == [0, 2, 2, 0]
    assert [n["optimizer_steps"] for n in told] == [0, 2, 2, 2]
    assert told[0]["before"] == [0.1]
    assert told[0]["after"] == [pytest.approx(0.01)]
    assert [n["metric"] for n in told[:3]] == [None, None, 0.5]


def test_a_scaler_and_clipping_before_unscale(model, optimizer, dataset):
    inputs, targets = dataset.tensors
    for unscales in (True, False):
        scaler = torch.amp.GradScaler("cpu", init_scale=256.0)
        with record() as trace:
            for bad in (False, True):
                optimizer.zero_grad()
                loss = F.cross_entropy(model(inputs), targets)
                scaler.scale(loss * float("inf") if bad else loss).backward()
                if unscales:
                    scaler.unscale_(optimizer)
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                scaler.step(optimizer)
                scaler.update()
        backward = trace.of_kind("backward")[0].numbers
        assert backward["scale"] == pytest.approx(256)
        assert backward["scaled_by"] == trace.of_kind("scaler_scale")[0].who["scaler"]
        assert [e.numbers["scaled"] for e in trace.of_kind("clip")] == [not unscales] * 2
        assert [e.numbers["skipped"] for e in trace.of_kind("scaler_step")] == [False, True]
        assert [e.numbers["scaled"] for e in trace.of_kind("step")] == [False]
        assert trace.of_kind("step")[0].within == trace.of_kind("scaler_step")[0].index


def test_step_between_forward_and_backward(loader):
    """PyTorch raises one iteration later; the record tells why from the first."""
    model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match="inplace"), record() as trace:
        for inputs, targets in loader:
            loss = F.cross_entropy(model(inputs), targets)
            optimizer.step()
            loss.backward()
    backwards = trace.of_kind("backward")
    optimizer_id = trace.of_kind("optimizer")[0].who["optimizer"]
    assert [e.numbers["stepped_since_forward"] for e in backwards] == [[optimizer_id]] * 2
    assert backwards[-1].numbers["raised"] == "RuntimeError"


def test_gradients_that_do_not_reach_the_model(model, dataset):
    inputs, targets = dataset.tensors
    with record() as trace:
        loss = F.cross_entropy(model(inputs).detach(), targets)
        loss.requires_grad_(True)
        loss.backward()
    assert trace.of_kind("backward")[0].numbers["reached"] == 0
    assert trace.of_kind("backward")[0].numbers["forwards"] == [trace.of_kind("forward")[0].index]


def test_descent_by_hand(dataset):
    model, (inputs, _) = nn.Linear(6, 1), dataset.tensors
    with record() as trace:
        for _ in range(3):
            model(inputs).pow(2).mean().backward()
            with torch.no_grad():
                for p in model.parameters():
                    p.data.sub_(p.grad, alpha=0.1)  # leaves no mark on p._version
                    p.grad = None
    assert [e.numbers["parameters"] for e in trace.of_kind("manual_update")] == [2, 2, 2]
    assert [e.numbers["accumulated"] for e in trace.of_kind("backward")] == [0, 0, 0]
    with record() as trace:
        for _ in range(3):
            model(inputs).pow(2).mean().backward()
    assert trace.of_kind("manual_update") == []


def test_checkpoints(tmp_path, model, optimizer):
    content = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}
    with record() as trace:
        torch.save(content, tmp_path / "last.pt")
        torch.save(model.state_dict(), tmp_path / "weights.pt")
        model.load_state_dict(torch.load(tmp_path / "weights.pt"))
    first, second = (e.numbers for e in trace.of_kind("checkpoint"))
    assert (first["file"], first["holds"]) == ("last.pt", ["model", "optimizer", "epoch"])
    assert second["tensors"] == len(model.state_dict())
    assert len(trace.of_kind("state_dict")) == len(trace.of_kind("load_state_dict")) == 1


def test_a_dataset_of_plain_tensors_has_no_side_effects():
    """A data set of the reader's is never read by the recorder: it may draw random numbers."""

    class Counting(TensorDataset):
        reads = 0

        def __getitem__(self, index):
            Counting.reads += 1
            return super().__getitem__(index)

    dataset = Counting(torch.randn(8, 2), torch.zeros(8))
    with record(train=dataset) as trace:
        list(DataLoader(dataset, 4))
    assert Counting.reads == 8
    assert [e.numbers["pairs"] for e in trace.of_kind("batch")] == [None, None]


def test_a_step_with_a_closure_is_judged_after_the_closure(dataset):
    """Lightning and LBFGS do forward, zero_grad and backward within the step."""
    inputs, targets = dataset.tensors
    model = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def closure():
        loss = F.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        return loss

    with record() as trace:
        for _ in range(3):
            optimizer.step(closure)
    steps, backwards = trace.of_kind("step"), trace.of_kind("backward")
    assert [e.within for e in backwards] == [e.index for e in steps]
    told = [e.numbers["gradients"] for e in steps]
    assert [[g["backwards"] for g in gradients] for gradients in told] == [
        [[e.index]] for e in backwards
    ]
    assert [gradients[0]["used"] for gradients in told] == [0, 0, 0]
    assert [e.numbers["in_forward"] for e in steps] == [2, 2, 2]
    assert [e.iteration for e in steps] == [1, 2, 3]


@pytest.mark.parametrize("reentrant", [True, False])
def test_what_is_computed_again_in_backward_is_no_forward_pass(dataset, reentrant):
    from torch.utils.checkpoint import checkpoint

    inputs, targets = dataset.tensors[0].requires_grad_(True), dataset.tensors[1]
    body, head = nn.Linear(6, 6), nn.Linear(6, 3)
    with record() as trace:
        hidden = checkpoint(body, inputs, use_reentrant=reentrant)
        F.cross_entropy(head(hidden), targets).backward()
    dataset.tensors[0].requires_grad_(False)
    kinds = [e.kind for e in trace if e.kind in ("forward", "loss", "backward")]
    assert kinds == ["forward", "forward", "loss", "backward"]
    assert trace.of_kind("backward")[0].numbers["reached"] == 4


def test_weights_are_not_compared_while_an_optimizer_steps(loader, model, optimizer, monkeypatch):
    """Looking for updates by hand costs something: only a loop without steps pays for it."""
    from course_lib.trace.updates_by_hand import UpdatesByHand

    looked = []
    original = UpdatesByHand.after_backward
    monkeypatch.setattr(
        UpdatesByHand,
        "after_backward",
        lambda self, notes: (original(self, notes), looked.append(bool(self._sizes))),
    )
    with record():
        for inputs, targets in loader:
            F.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
            optimizer.zero_grad()
    assert looked == [True, False, False, False]


def test_a_batch_written_to_is_another(loader, model):
    with record() as trace:
        for inputs, _ in loader:
            inputs.mul_(3)
            model(inputs)
    assert {e.numbers["inputs"] for e in trace.of_kind("forward")} == {"other"}


def test_data_given_for_two_roles_have_none(dataset):
    """Silence where it cannot be told: the same data set for training and validation."""
    train, val = DataLoader(dataset, 32, shuffle=True), DataLoader(dataset, 64)
    with record(train=train, val=val) as trace:
        for loader in (train, val, DataLoader(dataset, 16)):
            next(iter(loader))
    told = [(e.numbers["role"], e.numbers["role_by"]) for e in trace.of_kind("loader")]
    assert told == [("train", "loader"), ("val", "loader"), (None, None)]


def test_models_over_the_same_parameters(dataset, model):
    """A slice made anew for every batch is one model; two wrappers that live are two."""
    inputs = dataset.tensors[0]
    with record() as trace:
        for _ in range(3):
            model[:2](inputs)
    assert len(trace.of_kind("model")) == 1
    assert len({e.who["model"] for e in trace.of_kind("forward")}) == 1
    first, second = nn.Sequential(model), nn.Sequential(model)
    with record() as trace:
        for wrapper in (first, second, first):
            wrapper(inputs)
    ids = [e.who["model"] for e in trace.of_kind("forward")]
    assert ids[0] == ids[2] != ids[1]
