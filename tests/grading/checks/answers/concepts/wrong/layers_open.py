MISTAKE = "the layers still open"
LOSES = ["mode_dependent_layers"]
MESSAGE = "no answer yet"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = None
stopping_on_test = "B"
