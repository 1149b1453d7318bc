"""Import this first in a process that serves: it keeps structlog from importing rich, and rich from importing pygments.

They draw coloured tracebacks for people at a terminal, which a server never shows, and take 4 MB of every process.
"""

import sys

# What Python itself offers to make an import fail; structlog does without where it is not installed.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type] # None is the documented way
