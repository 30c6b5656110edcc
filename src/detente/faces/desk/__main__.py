"""`python -m detente.faces.desk --home H [--port N] [--until-eof]`: the desk, started by a program."""

import sys

from detente.faces.cli import main

if __name__ == "__main__":
    sys.exit(main(["desk", *sys.argv[1:]]))
