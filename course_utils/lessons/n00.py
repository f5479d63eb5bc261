"""What notebook 00 defines and others import: its cells tagged `export`.

Made from notebooks/00_start_here.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch

# Guesses, proofs, exercises


def mean(x):
    total = torch.zeros(())
    for x_i in x:
        total = total + x_i
    return total / len(x)


def a_vector(g):
    length = int(torch.randint(1, 9, (), generator=g))
    return (torch.randn(length, generator=g),)
