"""What a training loop did, event by event, without a change to the loop.

::

    with course_lib.record(train=train_loader, val=val_loader) as trace:
        any_loop(...)
    print(trace)

A :class:`Trace` is a list of :class:`Event`. Every event has ``index``, ``kind``, ``iteration``,
``where`` (the reader's own line), ``who`` (ids of ``trace.things``), ``within`` (index of the event
it happened in) and ``numbers``. A number that could not be had is None or missing: read with
``.get``. *Names* lists name at most 5 parameters, as ``fc1.weight``. A *role* is "train", "val",
"test" (what was given to ``record``) or None: not known.

Who is who (``who[...]``: id) and the numbers of each kind:

model (who: model) -- a module seen for the first time, as the outermost one called or in a mode
switch.
    ``parameters``: how many tensors; ``elements``: how many numbers in them; ``trainable``: how
    many tensors with requires_grad; ``layers``: ``{"dropout": n, "batchnorm": n}``, of those that
    care about the mode; ``part_of``: id of a model seen earlier that contains this one, or None.

optimizer (who: optimizer) -- created within the block, or first seen in zero_grad or step.
    ``class``; ``lr``: list, one a group; ``parameters``; ``created``: True when it was made within
    the block; ``replaces``: id of an older optimizer over (some of) the same parameters, or None;
    ``older_steps``: steps the older one had made; ``reset``: how many of its parameters were
    changed in place since an optimizer's latest step; ``models``: ids of the models that its
    parameters are known to belong to; ``unknown``: how many are in no model seen so far.

loader (who: loader) -- first seen when somebody iterates over it.
    ``role``; ``role_by``: "loader", "dataset", "tensors", "name" or None: through what it was
    recognised; ``joined``: the known roles of its parts, or of subsets of it; ``holds``: loaders
    over a ``Subset`` most of whose samples it gives, too;
    ``samples``, ``batch_size``, ``batches`` (each may be None); ``order``: "sequential",
    "shuffled", or None: another sampler; ``workers``; ``class``; ``dataset``: small integer, the
    same for loaders over the same data set object; ``drop_last``.

epoch (who: loader) -- an iterator was made over a loader.
    ``pass``: the how-manieth over this loader, from 1; ``calls``: the reader's calls under way,
    innermost first: ``[file, line, column, last line, last column]``.

batch (who: loader) -- a batch drawn from a loader.
    ``role``; ``pass``, ``position``: from 1, within the pass; ``samples``; ``order``: "ascending"
    (sample positions each one more than the one before), "mixed" or None; ``first``: position of
    the first sample in the loader's data set, or None; ``seen_before``: how many earlier batches of
    this loader had the same inputs (fingerprint); ``distinct_targets``: number of different targets
    where they are integers (else None); ``pairs``: True when each input has the target that an
    in-memory data set holds for it, False when not, None: cannot be told (not looked at for
    every batch).

mode (who: model) -- ``model.train()`` / ``.eval()`` / ``.train(flag)``, outermost call only.
    ``training``: bool; ``before``: bool of the module itself; ``changed``: number of modules
    whose mode changed.

grad_enabled () -- gradients seen on or off, noticed at the next forward. Not an error in itself.
    ``enabled``: bool; ``inference_mode``: bool.

forward (who: model; loader when known) -- an outermost module call that is not a loss.
    ``training``: of the outermost module; ``grad``: gradients enabled; ``inference_mode``;
    ``layers``: of the layers called that care about the mode: ``{"dropout_on": n,
    "dropout_off": n, "batchnorm_on": n, "batchnorm_off": n}`` ("on": as in training; functional
    dropout, attention and recurrent layers with dropout count too; p=0 does not);
    ``samples``: first dimension of the first tensor;
    ``batch``: index of the batch event it most likely worked on, or None; ``role``: of that batch,
    or of the tensors themselves; ``inputs``: "same" (as that batch, also
    on another device or flattened), "permuted" (same rows, other order), "other" (scaled,
    augmented, mixed, …), None; ``output_grad``: bool, the output is part of a graph;
    ``output_op``: name of the operation that made the output, such as "SoftmaxBackward0";
    ``trainable``: parameters with requires_grad; ``parameters``; ``fed_by``: index of the forward
    that gave its first input, or None; ``repeat``: how many forwards of
    this model before this one had the very same inputs in a row, those without gradients left out;
    ``new``: of one without gradients: its inputs are neither those of the one before nor those that
    were last learned from, or None; ``slice``: without loaders, the
    rows that a batch is of a larger tensor: ``{"whole": its number, "start", "of": its rows}``;
    ``raised``: exception's class
    name (only when it raised); ``message``.

loss (who: loss; model: whose output is judged, when known) -- a loss function of torch, or a loss
module of the reader's (a Module without parameters that takes two tensors or more and gives a
0-d tensor). Losses written by hand are seen at their backward only.
    ``function``: "cross_entropy", "nll_loss", "mse_loss", "l1_loss", "smooth_l1_loss",
    "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div", … or the
    class of the reader's module; ``value``: float (None unless 0-d);
    ``reduction``: "mean", "sum", "none" or None; ``samples``;
    ``grad``: bool, part of a graph; ``input``: what went in: "probabilities"
    (all in [0, 1], rows sum to 1), "log_probabilities" (exp of it does), "unit_interval" (all in
    [0, 1]), "other", None: not looked at (looked at for the first calls, then now and then);
    ``input_op``: operation that made the input, or what it is a view of, such as
    "SoftmaxBackward0", or None;
    ``batch``: index of the batch event, or None; ``role``; ``targets``: "same" (as that batch's
    targets), "permuted", "other", None; ``after``: index of the forward whose output it judges,
    ``after_by``: "identity" (that very tensor, or a view of it), "graph" (computed from it) or,
    failing that, "order": the latest forward; ``one_class``: without loaders, whether all targets
    of the batch are of one class.

zero_grad (who: optimizer or model; neither when by hand) -- outermost call.
    ``how``: "optimizer", "model", "hand" (``p.grad = None`` or ``p.grad.zero_()``, noticed at the
    next backward or step; ``where`` is then the line of noticing); ``set_to_none``: bool or None;
    ``cleared``: parameters that had a gradient before and have none, or zeros, now;
    ``backwards``: indices of the backward events whose gradients were thrown away; ``unused``: of
    these, the ones that no step had used yet.

backward () -- ``loss.backward()``, ``torch.autograd.backward``, ``torch.autograd.grad``.
    ``how``: "backward" or "autograd.grad"; ``value``: of the 0-d tensor it started from, or None;
    ``loss``: index of the loss event that made that very tensor, or of the latest loss event in
    this iteration; ``loss_by``: "identity" or "order"; ``scale``: value / that loss's value (1.0:
    not divided; 0.25: divided by 4; large: a GradScaler's); ``scaled_by``: id of the GradScaler
    that made the tensor, else None; ``reached``: how many known parameters got a gradient;
    ``accumulated``: how many of these had one already; ``models``: ids of the models reached;
    ``forwards``: indices of the forwards with gradients since the last backward;
    ``operation``: that made the tensor, such as "MeanBackward0"; ``graph``: False when the tensor
    has no graph; ``retain_graph``; ``create_graph``;
    ``parameters_asked``: for autograd.grad, how many of its inputs are known parameters;
    ``graphs_alive``: losses of earlier iterations whose graph is still alive (somebody keeps the
    loss, or a sum of losses, as a tensor with history); grows by one an iteration in a leak, stays
    at 0 to 2 otherwise; ``stepped_since_forward``: ids of optimizers that stepped after the latest
    forward with gradients, and before this (-1: weights changed by hand); ``raised``,
    ``message``: as for forward.

clip () -- ``clip_grad_norm_`` / ``clip_grad_value_``.
    ``how``: "norm" or "value"; ``limit``; ``norm``: before clipping (norm only); ``parameters``:
    known parameters with a gradient that it saw; ``backwards``: indices of the backward events in
    these gradients; ``used_before``: of these, the ones already used by a step; ``scaled``: True
    when the gradients still carry a GradScaler's factor.

step (who: optimizer) -- ``optimizer.step()``.
    ``lr``: list, one a group; ``parameters``; ``with_grad``; ``grad_norm``: over all its gradients,
    just before the step; ``update_norm``: size of the change of its weights (``update_of``: share
    of the elements that it was computed from, 1.0 unless the model is huge); ``closure``: bool;
    ``gradients``: one entry for each group of parameters with the same history::

        {"backwards": [indices of the backward events summed in .grad since the last clearing;
                       at most the last 16], "count": how many in all,
         "used": how many of them an earlier step of this optimizer had used already,
         "edited": .grad was changed by hand after the last backward (not by clip or scaler),
         "parameters": n, "names": [...]}

    (``count`` 0: the gradient was put there by hand, or before the block); ``without_grad``: names;
    ``in_forward``: how many of its parameters belong to a model that ran forward since this
    optimizer's previous step; ``not_in_forward``, ``not_in_forward_names``; ``orphans``:
    parameters with a gradient, in models that this optimizer shares, that are in no optimizer seen
    so far; ``orphan_names``; ``scaled``: the gradients still carry a GradScaler's factor;
    ``raised``, ``message``.

scaler_scale, scaler_unscale, scaler_step, scaler_update (who: scaler; optimizer for unscale, step)
    ``enabled``; ``scale``; scaler_step: ``skipped``: True when the optimizer did not step;
    of step and update ``raised``, ``message``.

scheduler_step (who: scheduler, optimizer) -- not the initial one that a scheduler makes itself.
    ``before``, ``after``: lists of learning rates; ``metric``: value given, or None; ``epoch``:
    value given, or None; ``optimizer_steps``: steps of its optimizer in the block so far;
    ``since``: steps of its optimizer since this scheduler's previous step, or its start.

manual_update (who: model) -- weights that changed although no optimizer stepped (hand-written
    SGD); looked for only while no optimizer steps. ``parameters``: how many changed.

state_dict, load_state_dict (who: model) -- outermost calls. ``keys``: how many.

checkpoint () -- ``torch.save`` or ``safetensors.torch.save_file``.
    ``file``: last part of the path, or None; ``holds``: top-level keys (at most 20) when a dict;
    ``tensors``: how many in a flat dict.

end () -- the block ended. ``raised``: class name of the exception, or None; ``message``;
    ``models``: for each model ``{"id", "parameters", "trainable", "got_gradient": parameters that
    ever got one, "in_optimizer": parameters held by an optimizer seen,
    "got_gradient_not_in_optimizer": n, "names": of these,
    "first_layer_without_gradient": names of parameters, held by an optimizer, of the first layer
    that ran with gradients on, that never got one, "changed": parameters whose values an
    optimizer or the reader's own lines changed}``;
    ``optimizers``: ``{"id", "steps", "parameters", "got_gradient": n, "changed": n (by whomever),
    "models": ids}``, of the parameters that still exist at the end: judge by the ``step`` events
    where that matters; ``labels``: of each loader with inputs and targets, or each model in a loop
    without loaders (``grad``: with gradients on), what its first samples tell: ``samples``,
    ``relabelled`` (share of inputs with another target in the second pass), and, of those
    ``used``: ``classes`` (counts, or None), ``by_neighbours`` and ``by_line``: how well targets
    follow from inputs (:mod:`course_lib.trace.pairing`), ``distance`` to the nearest, ``groups``
    and ``clear`` (:mod:`course_lib.trace.clusters`), ``told_by``: the same by each other set;
    ``graphs_alive``; ``lost``: observations that failed (0 but for surprises).
"""

from course_lib.trace.events import KINDS, Event, Thing, Where
from course_lib.trace.recording import record
from course_lib.trace.trace import Trace

__all__ = ["KINDS", "Event", "Thing", "Trace", "Where", "record"]
