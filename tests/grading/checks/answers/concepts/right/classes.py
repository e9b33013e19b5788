from torch import nn

iterations_per_epoch = 352.0
total_iterations = iterations_per_epoch * 3
weight_updates = total_iterations
missing_zero_grad = " C. "
mode_dependent_layers = frozenset({nn.Dropout, nn.BatchNorm2d})
stopping_on_test = "B)"
