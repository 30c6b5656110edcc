"""The TAXII 2.1 face: what this node may show, to tools that speak TAXII; what they push becomes drafts.

book         collections, clients and what became of their requests: H/taxii.db
projection   the objects that each audience may have, made from the log: H/cache/taxii-live.db
page         filters and cursors: a cursor holds where to go on, and nothing is kept in memory
push         an envelope of a client, as drafts
application  the endpoints; serve, the process
"""
