"""Running an answer that nobody trusts, and getting nothing out of it but plain values.

The judge (``sandbox.Sandbox``) never imports a submission. It asks a *worker*, the process that
holds the submission, to define the answer and to call it; a *keeper*, the worker's parent, holds
it to its limits and leaves no process behind. On Linux with bubblewrap a *zygote* that has torch
loaded forks a keeper for each submission; elsewhere each submission gets a fresh interpreter.
"""
