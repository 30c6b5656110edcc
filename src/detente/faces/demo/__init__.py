"""The demonstration: three nodes exchange real, public incidents, one is killed, all is checked."""
