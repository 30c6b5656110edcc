"""The machines: what an act, a pause, a pillar or a duty can come to, each as one table of data.

`detente.trust.machine` runs them all. The node and standing ask the same tables; docs/machines.md draws them.
"""
