"""The neighbours: what is held here in the formats of others (STIX 2.1, MISP, AVID), for one audience.

view     what one audience may have of one record: nothing else is ever written out
case     the views of one thread, as one thing: an incident with its newest rating and its end
stix     the objects of STIX 2.1 that a case is; misp, avid: the same in those formats
use      what whoever reported allows it to be used for
tlp      which marking of TLP 2.0 an object carries
"""
