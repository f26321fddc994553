/* SPDX-License-Identifier: MIT */
/*
 * The firmware's file, as the kernel finds it and the driver wants it.
 */
#include <endian.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <zlib.h>

#include "genesys/hw_abi.h"
#include "runtime/drm/node.h"

#define PATH_BYTES 512
#define FIRMWARE "genesys/genesys.fw"

/* ---- where it is ---------------------------------------------------------------- */

/* The first line of a file, or "". */
static void read_line(const char *path, char *line, size_t size)
{
	char full[PATH_BYTES];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", gs_drm_os.root, path);
	line[0] = 0;
	f = fopen(full, "re");
	if (!f)
		return;
	if (!fgets(line, (int)size, f))
		line[0] = 0;
	fclose(f);
	line[strcspn(line, "\n")] = 0;
}

/* Whether @dir has the file; its path, without the root, goes to @path. */
static bool is_in(const char *dir, const char *suffix, char *path, size_t size)
{
	char full[PATH_BYTES + 64];
	struct stat st;

	snprintf(path, size, "%.255s/" FIRMWARE "%s", dir, suffix);
	snprintf(full, sizeof(full), "%s%s", gs_drm_os.root, path);
	return !stat(full, &st) && S_ISREG(st.st_mode);
}

/*
 * The order is that of the kernel's drivers/base/firmware_loader/main.c: what is
 * not compressed comes first, whatever its directory.
 */
static bool find(char *path, size_t size, bool *compressed)
{
	static const char *const suffix[] = { "", ".zst", ".xz" };
	char dir[5][256], release[65];
	uint32_t num = 0;

	read_line("/proc/sys/kernel/osrelease", release, sizeof(release));
	read_line("/sys/module/firmware_class/parameters/path", dir[0],
		  sizeof(dir[0]));
	num += dir[0][0] != 0;
	snprintf(dir[num++], sizeof(dir[0]), "/lib/firmware/updates/%s",
		 release);
	snprintf(dir[num++], sizeof(dir[0]), "/lib/firmware/updates");
	snprintf(dir[num++], sizeof(dir[0]), "/lib/firmware/%s", release);
	snprintf(dir[num++], sizeof(dir[0]), "/lib/firmware");
	for (size_t s = 0; s < sizeof(suffix) / sizeof(suffix[0]); s++)
		for (uint32_t i = 0; i < num; i++)
			if (is_in(dir[i], suffix[s], path, size)) {
				*compressed = s > 0;
				return true;
			}
	return false;
}

/* ---- what it is ----------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static bool
refuse(struct gs_check_info *info, const char *fmt, ...)
{
	va_list ap;

	info->status = GS_CHECK_FIRMWARE;
	va_start(ap, fmt);
	vsnprintf(info->text, sizeof(info->text), fmt, ap);
	va_end(ap);
	return true;
}

/* The bytes, of which there may be one more than the largest image has. */
static uint8_t *read_image(const char *path, size_t *size)
{
	uint8_t *image = malloc(GS_FW_MAX_BYTES + 1);
	char full[PATH_BYTES];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", gs_drm_os.root, path);
	f = image ? fopen(full, "re") : NULL;
	if (!f) {
		free(image);
		return NULL;
	}
	*size = fread(image, 1, GS_FW_MAX_BYTES + 1, f);
	fclose(f);
	return image;
}

/* What driver and device would refuse of an image of their own ABI. */
static const char *damage(const struct gs_fw_header *h, const uint8_t *image,
			  size_t size)
{
	if (le32toh(h->image_bytes) != size)
		return "its size is not the one its header has";
	if (le32toh(h->header_bytes) != sizeof(*h))
		return "its header has another size";
	if (le32toh(h->crc32) !=
	    crc32(0, image + sizeof(*h), (uInt)(size - sizeof(*h))))
		return "its checksum is wrong";
	return NULL;
}

/* true: it is said why the driver refuses it. */
static bool judge(struct gs_check_info *info, const char *path,
		  const uint8_t *image, size_t size)
{
	struct gs_fw_header h;
	const char *why;
	uint32_t version;

	if (size < sizeof(h) || size > GS_FW_MAX_BYTES)
		return refuse(info,
			      "device %s: the firmware %s is corrupt: it has "
			      "%zu bytes%s, expected %zu to %u; install it "
			      "again",
			      info->pci, path, size,
			      size > GS_FW_MAX_BYTES ? " or more" : "",
			      sizeof(h), GS_FW_MAX_BYTES);
	memcpy(&h, image, sizeof(h));
	if (le32toh(h.magic) != GS_FW_MAGIC)
		return refuse(info,
			      "device %s: %s is no firmware: magic %08x, "
			      "expected %08x; install it again",
			      info->pci, path, le32toh(h.magic), GS_FW_MAGIC);
	version = le32toh(h.version);
	if (le32toh(h.abi_version) != GS_ABI_VERSION ||
	    le32toh(h.abi_hash) != GS_ABI_HASH)
		return refuse(info,
			      "device %s: the firmware %s, %u.%u.%u, has ABI "
			      "%u (%08x), expected %u (%08x); install driver, "
			      "firmware and library of one release",
			      info->pci, path, version >> 16,
			      version >> 8 & 0xff, version & 0xff,
			      le32toh(h.abi_version), le32toh(h.abi_hash),
			      GS_ABI_VERSION, GS_ABI_HASH);
	why = damage(&h, image, size);
	return why &&
	       refuse(info,
		      "device %s: the firmware %s, %u.%u.%u, is corrupt: "
		      "%s; install it again",
		      info->pci, path, version >> 16, version >> 8 & 0xff,
		      version & 0xff, why);
}

bool gs_drm_explain_firmware(struct gs_check_info *info)
{
	char path[PATH_BYTES];
	bool compressed, refused;
	uint8_t *image;
	size_t size;

	if (!find(path, sizeof(path), &compressed))
		return refuse(info,
			      "device %s: the driver genesys cannot start it "
			      "without /lib/firmware/" FIRMWARE
			      ", which is missing; expected: make "
			      "install-kernel",
			      info->pci);
	/* The kernel unpacks it, if it can. */
	if (compressed)
		return false;
	image = read_image(path, &size);
	if (!image)
		return false;
	refused = judge(info, path, image, size);
	free(image);
	return refused;
}
