/* SPDX-License-Identifier: MIT */
#ifndef GS_FW_IMAGE_H
#define GS_FW_IMAGE_H

/* GS_FW_MAJOR, GS_FW_MINOR and GS_FW_PATCH are the project's version. */
#define GS_FW_VERSION (GS_FW_MAJOR << 16 | GS_FW_MINOR << 8 | GS_FW_PATCH)

/* Bits of things that not every firmware can do; none so far. */
#define GS_FW_FEATURES 0u

#endif /* GS_FW_IMAGE_H */
