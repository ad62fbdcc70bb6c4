"""Prints the orders of orders.json that NumPy and Python can give (the torch and icarl lists are published ones)."""
import json
import random

import numpy

for seed in (1, 2, 3, 42, 1993, 2**31 + 5, 2**32 - 1):
    for n in (10, 100):
        random.seed(seed)
        order = list(range(n))
        random.shuffle(order)
        print(json.dumps({"order": f"python:{seed}", "classes": n, "permutation": order}, separators=(",", ":")))

for n, seeds in ((100, (1993, 1996, 1997, 0, 1, 42)), (200, (1993, 1996, 1997)), (196, (1993, 1996, 1997)),
                 (300, (1993,)), (50, (1993,)), (10, (1993,)), (20, (2**31 + 5, 2**32 - 1))):
    for seed in seeds:
        order = numpy.random.RandomState(seed).permutation(n).tolist()
        print(json.dumps({"order": f"numpy:{seed}", "classes": n, "permutation": order}, separators=(",", ":")))

for seed in (1, 1993):
    new_label = numpy.random.RandomState(seed).permutation(10).tolist()
    order = [new_label.index(i) for i in range(10)]
    print(json.dumps({"order": f"numpy-inverse:{seed}", "classes": 10, "permutation": order}, separators=(",", ":")))
