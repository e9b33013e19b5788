"""What runs beside the answer: each driver builds a scenario, calls the answer, reports values.

A driver knows nothing of what is right. It imports floors 1 and 2 only, so the sandbox can hold it
without holding a judge. ``drive(answer, scenario)`` returns plain values; an error of the answer
goes through to whoever runs the driver.
"""
