"""The public site of a clearinghouse: counts and closed cases that anybody may see, signed, and checked.

suppression  which cells are withheld, so that neither they nor others give a small one away
account      one closed case, in the words that its author's officers signed for the public
shelf        the accounts below a cut
figures      what is counted: the pillar's own tally, by month; and the accounts
voucher      shows whoever has no node that an account's words were signed, logged and opened
words        what the site itself says
chart, digest, feed, pages   what is drawn and written, in both languages
manifest     the digest of every file, under a signature of the node
"""
