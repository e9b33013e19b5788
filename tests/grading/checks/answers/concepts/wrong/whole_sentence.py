MISTAKE = "a sentence instead of a letter"
LOSES = ["stopping_on_test"]
MESSAGE = "one of the letters"

iterations_per_epoch = 352
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "the epoch was chosen on the test data"
