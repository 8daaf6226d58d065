"""Makes the modules of the plate training importable here: the network, its losses, the camera and the loop are the same."""
import os
import sys

PLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'plates')
if PLATES not in sys.path:
    sys.path.append(PLATES)
