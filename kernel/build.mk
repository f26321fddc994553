# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel driver. It is no part of "make all": it needs the headers of a
# kernel, which scripts/make/kernel.mk finds.
include scripts/make/kernel.mk
