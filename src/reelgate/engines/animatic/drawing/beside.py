"""Two long steps side by side: for work on whole pictures, whose steps leave the interpreter to others.

Steps of a few microseconds are slower so. The preparation of pictures calls it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")


def beside(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Do two things at once, the second in another thread, and return what they give; raises what either raises."""
    with ThreadPoolExecutor(1) as other:
        later = other.submit(second)
        return first(), later.result()
