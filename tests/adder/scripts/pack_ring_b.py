# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Imported by pack_ring_a.py, half made then.
import pack_ring_a
seen = list(pack_ring_a.seen)
seen.append(hasattr(pack_ring_a, "b"))
