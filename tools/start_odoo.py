"""Odoo's own command line, as ``python -m odoo`` has it."""

import os
import runpy
import sys

# Python put the folder of this file there, whose modules are none of Odoo's business.
sys.path[0] = os.getcwd()
runpy.run_module("odoo", run_name="__main__")
