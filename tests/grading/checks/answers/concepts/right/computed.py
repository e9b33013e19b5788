import math

import numpy as np
import torch

iterations_per_epoch = np.int64(np.ceil(45_000 / 128))
total_iterations = torch.tensor(3 * math.ceil(45_000 / 128))
weight_updates = 3 * np.ceil(45_000 / 128)
missing_zero_grad = "c"
mode_dependent_layers = ["nn.BatchNorm2d", "nn.Dropout"]
stopping_on_test = "(b)"
