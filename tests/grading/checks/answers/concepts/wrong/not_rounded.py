MISTAKE = "does not round"
LOSES = ["iterations_per_epoch"]
MESSAGE = "whole number"

iterations_per_epoch = 45_000 / 128
total_iterations = 1056
weight_updates = 1056
missing_zero_grad = "C"
mode_dependent_layers = {"Dropout", "BatchNorm2d"}
stopping_on_test = "B"
