MISTAKE = "leaves out the last batch"
LOSES = ["iterations_per_epoch", "total_iterations", "weight_updates"]
MESSAGE = "leaves out the last batch"

iterations_per_epoch = 45_000 // 128
total_iterations = 3 * (45_000 // 128)
weight_updates = 3 * (45_000 // 128)
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
