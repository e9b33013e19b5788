iterations_per_epoch = 45_000 // 128 + 1
total_iterations = 3 * iterations_per_epoch
weight_updates = total_iterations
missing_zero_grad = ["C"]
mode_dependent_layers = "dropout, batchnorm2d"
stopping_on_test = "B"
