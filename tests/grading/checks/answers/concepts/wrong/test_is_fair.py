MISTAKE = "stopping on the test score is fair"
LOSES = ["stopping_on_test"]
MESSAGE = "Choosing is a use"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "A"
