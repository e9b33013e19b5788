MISTAKE = "the gradient is N times too large"
LOSES = ["missing_zero_grad"]
MESSAGE = "only if the three gradients were equal"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "D"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
