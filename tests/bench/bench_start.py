"""How long `daily-papers --help` takes, against importing typer and rich.

Run: python -m tests.bench.bench_start
"""

import statistics
import subprocess
import sys
import time

ROUNDS = 15
OURS = [sys.executable, "-m", "bot", "--help"]
BARE = [sys.executable, "-c", "import typer, rich"]


def seconds(command: list[str]) -> float:
    """Time one run of a command."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    pairs = [(seconds(OURS), seconds(BARE)) for _ in range(ROUNDS)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"--help {ours * 1000:.0f} ms; importing typer and rich {bare * 1000:.0f} ms")
    print(f"ratio: {ours / bare:.2f}")


if __name__ == "__main__":
    main()
