"""The casework: reports on their way from intake to a draft, and who did what about each.

    entry      one act, as it is kept: never changed, each bound to the one before
    case       what follows from the acts on one report, and which acts may come next
    person     who signed an act: people on the roll, by keys of their own
    register   where the acts lie: H/casework/register.db

It is no part of the node's own database and needs no node; nothing here leaves the house.
"""
