MISTAKE = "forgets BatchNorm2d"
LOSES = ["mode_dependent_layers"]
MESSAGE = "1 more"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout"}
stopping_on_test = "B"
