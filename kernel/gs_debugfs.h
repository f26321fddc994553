/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_DEBUGFS_H
#define GS_DEBUGFS_H

struct gs_device;

void gs_debugfs_init(struct gs_device *gdev);

#endif /* GS_DEBUGFS_H */
