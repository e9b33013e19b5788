MISTAKE = "one answer still open"
LOSES = ["weight_updates"]
MESSAGE = "no answer yet"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = ...
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
