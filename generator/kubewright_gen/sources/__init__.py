"""Where descriptions of APIs come from: CRD files, saved documents, a live cluster.

Each module ends in the same ``Documents``, so that nothing after them can tell which one it was.
"""
