# SPDX-License-Identifier: MIT
# Copyright the tarn authors
# Imported by import_beside.py: it fails on the way.
print("broken_module runs")
half = 1
raise ValueError("on purpose")
