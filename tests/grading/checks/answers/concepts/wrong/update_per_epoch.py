MISTAKE = "one update per epoch"
LOSES = ["weight_updates"]
MESSAGE = "once in every epoch"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 3
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
