MISTAKE = "rounds after multiplying by the epochs"
LOSES = ["total_iterations"]
MESSAGE = "round up first"

iterations_per_epoch = 352
total_iterations = 1055
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
