"""What the notebooks define and others import: benchmarks, tests, later notebooks.
Each nNN.py is made from notebook NN's cells tagged `export` by `make export`, each more_NAME.py
from those of more/NAME.ipynb: edit the notebook."""
