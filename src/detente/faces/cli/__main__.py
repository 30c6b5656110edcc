"""`python -m detente.faces.cli` is `detente`."""

import sys

from detente.faces.cli import main

sys.exit(main())
