"""Runs the benchmarks and prints what they found: figures compare, they are no verdict."""

import asyncio
import os
import platform

from benchmarks import first_response, polling


async def main() -> None:
    """Everything, one after the other."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, Python {platform.python_version()}")
    for line in first_response.report(await first_response.measure()):
        print(line)
    for line in polling.report():
        print(line)


if __name__ == "__main__":
    asyncio.run(main())
