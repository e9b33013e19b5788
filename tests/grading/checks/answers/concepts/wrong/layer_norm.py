MISTAKE = "counts LayerNorm in"
LOSES = ["mode_dependent_layers"]
MESSAGE = "LayerNorm does not belong"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d", "LayerNorm"}
stopping_on_test = "B"
