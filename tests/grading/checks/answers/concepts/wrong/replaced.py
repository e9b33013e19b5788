MISTAKE = "backward() replaces"
LOSES = ["missing_zero_grad"]
MESSAGE = "does not replace"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "a"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
