"""Weights to share, as safetensors: a format that can hold nothing but tensors."""

from pathlib import Path

from torch import Tensor, nn

from course_lib.atomic_file import write_atomically
from course_lib.checkpoint.content import PathLike, require_matching_model
from course_lib.checkpoint.files import CheckpointError


def save_weights(path: PathLike, model: nn.Module, metadata: dict[str, str] | None = None) -> Path:
    """Write the model's parameters and buffers to a ``.safetensors`` file, atomically."""
    from safetensors.torch import save

    # Tensors that share memory are refused by the format, hence the copies.
    state = model.state_dict()
    for name, value in state.items():
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{name} is a {type(value).__name__}, and safetensors holds nothing but tensors: "
                "save this model with save_checkpoint."
            )
    tensors = {name: value.detach().cpu().clone().contiguous() for name, value in state.items()}
    write_atomically(Path(path), save(tensors, metadata))
    return Path(path)


def load_weights(path: PathLike, model: nn.Module) -> None:
    """Load a ``.safetensors`` file into the model, whatever device it is on.

    Raises CheckpointError, with the model unchanged, if the file is missing, damaged or of
    another architecture.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"There is no weights file at {path}.")
    try:
        state = load_file(path)
    except SafetensorError as error:
        raise CheckpointError(f"{path} is damaged or no safetensors file ({error}).") from None
    require_matching_model(state, model, str(path))
    model.load_state_dict(state)
