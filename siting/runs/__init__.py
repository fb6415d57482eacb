"""Where runs live: their names, locks, manifests, and the published copies people open.

A run is the folder `runs/<key>/`, its key a hash of the question, inputs and versions. It is made in a temporary folder
beside it and appears by one rename, the manifest written last; `out/...` holds whole copies, swapped in.
"""
