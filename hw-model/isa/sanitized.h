/* SPDX-License-Identifier: MIT */
#ifndef GS_SANITIZED_H
#define GS_SANITIZED_H

/** GS_SANITIZED - 1 in code that gcc or clang compile with AddressSanitizer, else 0 */
#if defined(__SANITIZE_ADDRESS__)
#define GS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GS_SANITIZED 1
#endif
#endif
#ifndef GS_SANITIZED
#define GS_SANITIZED 0
#endif

#endif /* GS_SANITIZED_H */
