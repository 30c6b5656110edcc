"""The public site of a clearinghouse: counts that anybody may see, signed, and checked against the log.

suppression  which cells are withheld, so that neither they nor others give a small one away
figures      what is counted: the pillar's own tally, by month
chart, pages what is drawn and written, in both languages
manifest     the digest of every file, under a signature of the node
"""
