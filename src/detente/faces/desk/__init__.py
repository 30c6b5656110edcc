"""The desk: a node met by people, in a browser on the same machine.

    detente desk --home H        prints an address that lets one browser in, once

It looks at the home through a window and acts through the door, so it works beside a node that serves and
without one. Each page has a module that makes its view (plain structures, no markup) and a template that
shows it. Screens come from the kinds and words of the installed pillars: no template names one.
"""
