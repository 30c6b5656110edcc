"""How Detente is met: command line, peers' side, demonstration; here the other rooms are put together."""
