"""Asking a person at a terminal: one question, one answer, and nothing of it on stdout."""

import sys
from unicodedata import category


def ask(question: str) -> str:
    """Ask on stderr, so that stdout keeps the result alone; an end of input is a change of mind."""
    while True:
        print(question, end="", file=sys.stderr, flush=True)
        try:
            answer = sys.stdin.readline()
        except UnicodeDecodeError:
            continue
        if not answer:
            raise KeyboardInterrupt
        # What a key of the keyboard sends, or a paste brings, is no answer.
        answer = answer.rstrip("\r\n")
        if not any(category(one) == "Cc" for one in answer):
            return answer
