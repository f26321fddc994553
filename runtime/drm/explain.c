/* SPDX-License-Identifier: MIT */
/*
 * Why there is no node, or why it cannot be opened: what a person would look
 * at in /sys and /etc/group.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/drm/node.h"

#define PATH_BYTES 512
#define UDEV_RULE "70-genesys.rules"

/* PCI identity of the device, docs/device.md section 1. */
#define PCI_VENDOR "0x1af4"
#define PCI_DEVICE "0x10f7"

/* ---- small files ---------------------------------------------------------------- */

static bool exists(const char *path)
{
	char full[PATH_BYTES];

	snprintf(full, sizeof(full), "%s%s", gs_drm_os.root, path);
	return !access(full, F_OK);
}

/* Whether a file of one word says @word. */
static bool says(const char *path, const char *word)
{
	char full[PATH_BYTES], text[32] = "";
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", gs_drm_os.root, path);
	f = fopen(full, "re");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	text[strcspn(text, "\n")] = 0;
	return !strcmp(text, word);
}

/* ---- no node -------------------------------------------------------------------- */

/* First of our devices on the PCI bus. */
static bool find_pci(char *name, size_t size)
{
	char path[PATH_BYTES], file[PATH_BYTES];
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices", gs_drm_os.root);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		snprintf(file, sizeof(file),
			 "/sys/bus/pci/devices/%.30s/vendor", entry->d_name);
		found = says(file, PCI_VENDOR);
		snprintf(file, sizeof(file),
			 "/sys/bus/pci/devices/%.30s/device", entry->d_name);
		found = found && says(file, PCI_DEVICE);
		if (found)
			snprintf(name, size, "%.30s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static void pci_driver(const char *pci, char *name, size_t size)
{
	char path[PATH_BYTES], to[PATH_BYTES];
	const char *base;
	ssize_t len;

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/driver",
		 gs_drm_os.root, pci);
	len = readlink(path, to, sizeof(to) - 1);
	to[len < 0 ? 0 : len] = 0;
	base = strrchr(to, '/');
	snprintf(name, size, "%.31s", base ? base + 1 : to);
}

static void explain_unbound(struct gs_check_info *info)
{
	info->status = GS_CHECK_NO_DRIVER;
	if (!exists("/sys/bus/pci/drivers/genesys")) {
		snprintf(info->text, sizeof(info->text),
			 "device %s has no driver: genesys is not loaded; "
			 "expected: modprobe genesys",
			 info->pci);
	} else if (!gs_drm_explain_firmware(info)) {
		snprintf(info->text, sizeof(info->text),
			 "device %s is not bound to the driver genesys, which "
			 "is loaded; if the driver refused the device or its "
			 "firmware, the kernel log says why (dmesg | grep "
			 "genesys)",
			 info->pci);
	}
}

void gs_drm_explain_missing(struct gs_check_info *info)
{
	char driver[32];

	if (!find_pci(info->pci, sizeof(info->pci))) {
		info->status = GS_CHECK_NO_DEVICE;
		snprintf(info->text, sizeof(info->text),
			 "no GeneSys device: no PCI device 1af4:10f7, and no "
			 "node of the driver genesys in /sys/class/accel");
		return;
	}
	pci_driver(info->pci, driver, sizeof(driver));
	if (!driver[0]) {
		explain_unbound(info);
	} else if (strcmp(driver, "genesys") != 0) {
		info->status = GS_CHECK_NO_DRIVER;
		snprintf(info->text, sizeof(info->text),
			 "device %s is bound to the driver %s; expected "
			 "genesys",
			 info->pci, driver);
	} else {
		info->status = GS_CHECK_NO_NODE;
		snprintf(info->text, sizeof(info->text),
			 "device %s is bound to the driver genesys but has no "
			 "entry in /sys/class/accel",
			 info->pci);
	}
}

/* ---- cannot be opened ----------------------------------------------------------- */

/* By the file: getgrgid() would need shared libraries in a static program. */
static void group_name(gid_t gid, char *name, size_t size)
{
	char path[PATH_BYTES], line[1024];
	FILE *f;

	snprintf(name, size, "%u", (unsigned)gid);
	snprintf(path, sizeof(path), "%s/etc/group", gs_drm_os.root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *save, *group = strtok_r(line, ":", &save), *id = NULL;

		if (group && strtok_r(NULL, ":", &save))
			id = strtok_r(NULL, ":", &save);
		if (!id || strtoul(id, NULL, 10) != gid)
			continue;
		snprintf(name, size, "%.60s", group);
		break;
	}
	if (f)
		fclose(f);
}

static void explain_permission(struct gs_check_info *info)
{
	char path[PATH_BYTES];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", gs_drm_os.root, info->node);
	info->status = GS_CHECK_PERMISSION;
	if (stat(path, &st)) {
		snprintf(info->text, sizeof(info->text),
			 "%s: no permission, not even to look at it",
			 info->node);
		return;
	}
	group_name(st.st_gid, info->group, sizeof(info->group));
	if (st.st_gid && (st.st_mode & 0060) == 0060)
		snprintf(info->text, sizeof(info->text),
			 "%s: no permission: it is for the group %s; expected: "
			 "usermod -aG %s USER, and a new login",
			 info->node, info->group, info->group);
	else
		snprintf(info->text, sizeof(info->text),
			 "%s: no permission: it is for the group %s with mode "
			 "%04o; expected: the udev rule " UDEV_RULE
			 ", which gives it to the group render",
			 info->node, info->group, st.st_mode & 07777);
}

void gs_drm_explain_open(struct gs_check_info *info, int err)
{
	switch (err) {
	case EACCES:
	case EPERM:
		explain_permission(info);
		return;
	case ENOENT:
		info->status = GS_CHECK_NO_NODE;
		snprintf(info->text, sizeof(info->text), "%s does not exist%s",
			 info->node,
			 info->devices ? "; is udev or devtmpfs missing?" : "");
		return;
	case EBUSY:
		info->status = GS_CHECK_BUSY;
		snprintf(info->text, sizeof(info->text),
			 "%s: all address spaces of the device are in use by "
			 "other programs",
			 info->node);
		return;
	default:
		info->status = GS_CHECK_FAILED;
		snprintf(info->text, sizeof(info->text),
			 "%s cannot be opened: %s", info->node,
			 strerrordesc_np(err));
	}
}
