"""`python -m detente` is `detente`."""

import sys

from detente.faces.cli import main

sys.exit(main())
