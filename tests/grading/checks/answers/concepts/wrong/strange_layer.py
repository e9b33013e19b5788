MISTAKE = "a layer that is not in the list"
LOSES = ["mode_dependent_layers"]
MESSAGE = "from the list"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "LSTM"}
stopping_on_test = "B"
