MISTAKE = "iterations of one epoch instead of three"
LOSES = ["total_iterations"]
MESSAGE = "all three epochs"

iterations_per_epoch = 352
total_iterations = 352
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
