"""torch.matmul (cuBLAS) at the shapes that `gpu --json` measured: a peer to measure against, no part of the project.

    python3 peer_matmul.py --like bench.json --out peer-matmul.json [--seconds 15]
"""

import argparse
import json
import statistics
import time

import torch

BATCHES = 7
SECONDS_PER_BATCH = 0.02
MOST_LAUNCHES = 1000


def batch(launch, launches):
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(launches):
        launch()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / launches


def seconds_of(launch):
    """The same procedure as GpuTimer: medians of batches with one synchronisation each."""
    batch(launch, 2)
    once = batch(launch, 1)
    launches = max(1, min(MOST_LAUNCHES, int(SECONDS_PER_BATCH / once) + 1))
    return statistics.median(batch(launch, launches) for _ in range(BATCHES))


def measure(layout, m, n, k, dtype):
    def matrix(rows, columns):
        return torch.rand(rows, columns, device="cuda", dtype=torch.float32).sub_(0.5).to(dtype)

    # The operands lie in memory as ours do; a transpose is a view, which cuBLAS takes as a flag.
    a = matrix(k, m).t() if layout == "TN" else matrix(m, k)
    b = matrix(n, k).t() if layout == "NT" else matrix(k, n)
    c = torch.empty(m, n, device="cuda", dtype=dtype)
    return seconds_of(lambda: torch.matmul(a, b, out=c))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--like", required=True, help="the JSON of `gpu --json`")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=float, default=15, help="no new shape is begun after so many")
    options = parser.parse_args()

    # fp32 means fp32: no TF32.
    torch.backends.cuda.matmul.allow_tf32 = False
    with open(options.like, encoding="utf-8") as file:
        measurements = json.load(file)["measurements"]
    products = []
    failures = []
    begin = time.perf_counter()
    for each in (each for each in measurements if each["group"] == "matmul"):
        if time.perf_counter() - begin > options.seconds:
            failures.append("out of time before " + each["name"])
            break
        layout, *extents = each["name"].replace(" x ", " ").split()
        m, n, k = (int(extent) for extent in extents)
        dtype = torch.bfloat16 if each["elements"] == "bf16" else torch.float32
        try:
            seconds = measure(layout, m, n, k, dtype)
        except RuntimeError as error:
            failures.append(f"{each['name']} {each['elements']}: {error}")
            torch.cuda.empty_cache()
            continue
        products.append({"name": each["name"], "elements": each["elements"], "seconds": seconds})
    result = {"torch": torch.__version__, "cuda": torch.version.cuda, "products": products, "failures": failures}
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)


main()
