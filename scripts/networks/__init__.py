# SPDX-License-Identifier: MIT
"""Networks of published shapes with made weights: see make_networks.py."""
