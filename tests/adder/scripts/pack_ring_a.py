# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Imported by import_beside.py; imports a module that imports it.
seen = ["a begins"]
import pack_ring_b as b
seen.append("a ends")
