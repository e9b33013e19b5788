MISTAKE = "True instead of a number"
LOSES = ["weight_updates"]
MESSAGE = "type bool"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = True
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
