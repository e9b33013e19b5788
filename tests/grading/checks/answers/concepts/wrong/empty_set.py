MISTAKE = "an empty set"
LOSES = ["mode_dependent_layers"]
MESSAGE = "nothing"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = set()
stopping_on_test = "B"
