"""Read a message back: `detente record show ID --json | python3 readback.py > ack.json`.

Prints what the message says, field by field, for the officer to read out; then, on standard output, the
acknowledgement by an officer, with the read-back digest of exactly what was shown (docs/protocol.md, 6.4).
"""

import hashlib
import json
import sys

message = json.load(sys.stdin)
shown = {"kind": message["kind"], "open": message["open"]}
for name, value in sorted(shown["open"].items()):
    print(f"  {name:14} {'unknown / 未知' if value is None else value}", file=sys.stderr)
said = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
digest = hashlib.sha256(said.encode()).hexdigest()
print(f"  read back / 复诵 {digest[:16]}", file=sys.stderr)
answer = {"of": message["id"], "read_back": digest}
print(json.dumps({"thread": message["thread"] or message["id"], "open": answer}))
