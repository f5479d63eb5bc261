"""What the notebooks define and others import: benchmarks, tests, later notebooks.
Each nNN.py here is made from notebook NN's cells tagged `export`, by `python -m tools.export`: edit the notebook."""
