// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interface of genesys_accel.h: layout, numbers and sizes of ioctls,
 * DEV_QUERY, privileges. The other ioctls are in uapi_*.c.
 */
#include "npu_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm.h>
#include <linux/capability.h>

#include "cases.h"

/* ---- layout: the same for 32 and 64 bits --------------------------------- */

#define LAYOUT(type, bytes, last, at)                                       \
	_Static_assert(sizeof(struct drm_genesys_##type) == (bytes) &&      \
			       offsetof(struct drm_genesys_##type, last) == \
				       (at),                                \
		       "struct drm_genesys_" #type)

LAYOUT(obj_array, 16, stride, 12);
LAYOUT(dev_query, 16, pointer, 8);
LAYOUT(dev_info, 168, params, 40);
LAYOUT(limits, 64, low_end, 56);
LAYOUT(fw_info, 24, reset_count, 20);
LAYOUT(timestamp, 32, error_ns, 24);
LAYOUT(bo_create, 32, mmap_offset, 24);
LAYOUT(bo_info, 32, mmap_offset, 24);
LAYOUT(bo_sync, 24, size, 16);
LAYOUT(ctx_create, 16, ctx_id, 12);
LAYOUT(ctx_destroy, 8, pad, 4);
LAYOUT(ctx_query, 72, busy_ns, 64);
LAYOUT(bo_ref, 8, flags, 4);
LAYOUT(sync, 16, point, 8);
LAYOUT(submit, 120, seqno, 112);

#define NUMBER(name, nr, type)                                      \
	_Static_assert(DRM_IOCTL_GENESYS_##name ==                  \
			       DRM_IOWR(DRM_COMMAND_BASE + (nr),    \
					struct drm_genesys_##type), \
		       "DRM_IOCTL_GENESYS_" #name)

NUMBER(DEV_QUERY, 0, dev_query);
NUMBER(BO_CREATE, 1, bo_create);
NUMBER(BO_INFO, 2, bo_info);
NUMBER(CTX_CREATE, 3, ctx_create);
NUMBER(CTX_DESTROY, 4, ctx_destroy);
NUMBER(SUBMIT, 5, submit);
NUMBER(CTX_QUERY, 6, ctx_query);
NUMBER(BO_SYNC, 7, bo_sync);

/* ---- fixture ------------------------------------------------------------- */

FIXTURE(uapi)
{
	struct bed bed;
};

FIXTURE_SETUP(uapi)
{
	ASSERT_EQ(0, bed_make(&self->bed));
}

FIXTURE_TEARDOWN(uapi)
{
	bed_unmake(&self->bed);
}

#define CHECK(request, image, cases)                                           \
	EXPECT_EQ(0, check_cases(&self->bed, request, &(image), sizeof(image), \
				 cases, NUM_CASES(cases)))

static uint64_t as_u64(const void *pointer)
{
	return (uintptr_t)pointer;
}

/* ---- numbers and sizes of ioctls ----------------------------------------- */

TEST_F(uapi, version)
{
	char name[16] = "";
	struct drm_version version = { .name = name, .name_len = 15 };

	ASSERT_EQ(0, npu_ioctl(self->bed.npu.fd, DRM_IOCTL_VERSION, &version));
	EXPECT_STREQ("genesys", name);
	EXPECT_EQ(DRM_GENESYS_VERSION_MAJOR, version.version_major);
	EXPECT_LE(DRM_GENESYS_VERSION_MINOR, version.version_minor);
}

TEST_F(uapi, unknown_ioctls)
{
	char args[256] = { 0 };

	for (unsigned nr = DRM_GENESYS_BO_SYNC + 1; nr < 0x60; nr++) {
		EXPECT_EQ(-EINVAL, npu_ioctl(self->bed.npu.fd,
					     DRM_GENESYS_IOWR(nr, args), args));
	}
}

/* An older program knows less of a structure, a newer one more. */
TEST_F(uapi, shorter_and_longer_arguments)
{
	int fd = self->bed.npu.fd;
	struct {
		struct drm_genesys_ctx_create args;
		uint64_t more[2];
	} ctx = { .args.timeout_ms = 0 };
	struct {
		struct drm_genesys_bo_create args;
		uint64_t more;
	} bo = { .args.size = 1, .more = 7 };
	struct drm_genesys_dev_query query = {
		.type = 99,
		.size = 3,
		.pointer = 1,
	};

	/* Without ctx_id, which is not given back then. */
	EXPECT_EQ(0, npu_ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 'd', 0x43, 12),
			       &ctx.args));
	EXPECT_EQ(2000, ctx.args.timeout_ms);
	EXPECT_EQ(0, ctx.args.ctx_id);
	EXPECT_EQ(0,
		  npu_ioctl(fd, DRM_GENESYS_IOWR(DRM_GENESYS_CTX_CREATE, ctx),
			    &ctx));
	EXPECT_NE(0, ctx.args.ctx_id);
	EXPECT_EQ(0, ctx.more[0] | ctx.more[1]);
	/* What the driver does not know stays, and is not looked at. */
	EXPECT_EQ(0, npu_ioctl(fd, DRM_GENESYS_IOWR(DRM_GENESYS_BO_CREATE, bo),
			       &bo));
	EXPECT_EQ(7, bo.more);
	/* Without what says that arguments go in they are all 0. */
	EXPECT_EQ(0, npu_ioctl(fd, _IOC(_IOC_READ, 'd', 0x40, 16), &query));
	EXPECT_EQ(0, query.type);
	EXPECT_EQ(sizeof(struct drm_genesys_dev_info), query.size);
	/* Nothing at all: a BO of size 0. */
	EXPECT_EQ(-EINVAL, npu_ioctl(fd, _IO('d', 0x41), NULL));
	EXPECT_EQ(-EFAULT, npu_ioctl(fd, DRM_IOCTL_GENESYS_BO_CREATE, NULL));
	EXPECT_EQ(-EFAULT, npu_ioctl(fd, DRM_IOCTL_GENESYS_BO_CREATE,
				     self->bed.page + self->bed.page_size - 8));
}

/* The answer cannot be written: then what was made must not stay for ever. */
TEST_F(uapi, arguments_that_cannot_be_written)
{
	struct drm_genesys_bo_create *args = (void *)self->bed.page;
	struct npu_bo bo;
	uint32_t handle;
	int ret;

	args->size = 1;
	ASSERT_EQ(0, npu_ioctl(self->bed.npu.fd, DRM_IOCTL_GENESYS_BO_CREATE,
			       args));
	handle = args->handle;
	args->handle = 0;
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, npu_ioctl(self->bed.npu.fd,
				     DRM_IOCTL_GENESYS_BO_CREATE, args));
	/* It has a handle, the next one, as with every driver of DRM. */
	ret = npu_bo_wrap(&self->bed.npu, &bo, handle + 1);
	EXPECT_EQ(0, ret);
	npu_bo_destroy(&self->bed.npu, &bo);
}

/* ---- DEV_QUERY ----------------------------------------------------------- */

TEST_F(uapi, dev_query_errors)
{
	struct {
		struct drm_genesys_dev_query args;
		struct drm_genesys_dev_info info;
	} image = { .args = { .size = sizeof(image.info),
			      .pointer = as_u64(&image.info) } };
	char *end = self->bed.page + self->bed.page_size;
	const struct a_case cases[] = {
#define Q(member, v) SET(struct drm_genesys_dev_query, member, v)
		{ "type 4", EINVAL, { Q(type, 4) } },
		{ "type 2^32-1", EINVAL, { Q(type, ~0u) } },
		{ "type 4, no pointer", EINVAL, { Q(type, 4), Q(pointer, 0) } },
		{ "unmapped", EFAULT, { Q(pointer, as_u64(end)) } },
		{ "end unmapped", EFAULT, { Q(pointer, as_u64(end) - 160) } },
		{ "page 0", EFAULT, { Q(pointer, 8) } },
		{ "kernel", EFAULT, { Q(pointer, 0xffff888000000000) } },
		{ "last byte", EFAULT, { Q(pointer, ~0ull) } },
		{ "above 32 bits",
		  EFAULT,
		  { Q(pointer, as_u64(&image.info) | 1ull << 60) } },
		{ "rest unmapped",
		  EFAULT,
		  { Q(pointer, as_u64(end) - sizeof(image.info)),
		    Q(size, sizeof(image.info) + 1) } },
		{ "rest 2^32-1",
		  EFAULT,
		  { Q(pointer, as_u64(end) - sizeof(image.info)),
		    Q(size, ~0u) } },
		{ "to the last byte",
		  0,
		  { Q(pointer, as_u64(end) - sizeof(image.info)) } },
		{ "size 0", 0, { Q(size, 0) } },
		{ "no pointer", 0, { Q(pointer, 0), Q(size, ~0u) } },
#undef Q
	};

	CHECK(DRM_IOCTL_GENESYS_DEV_QUERY, image, cases);
	EXPECT_EQ(0,
		  memcmp(&image.info, &self->bed.npu.info, sizeof(image.info)));
}

TEST_F(uapi, dev_query_sizes)
{
	static const uint32_t sizes[] = { 168, 64, 24, 32 };
	unsigned char buffer[512];

	for (uint32_t type = 0; type < NUM_CASES(sizes); type++) {
		struct drm_genesys_dev_query args = { .type = type };
		uint32_t rooms[] = { 0,		  1,
				     20,	  sizes[type] - 1,
				     sizes[type], sizes[type] + 1,
				     400 };

		EXPECT_EQ(0, npu_ioctl(self->bed.npu.fd,
				       DRM_IOCTL_GENESYS_DEV_QUERY, &args));
		EXPECT_EQ(sizes[type], args.size);
		for (unsigned i = 0; i < NUM_CASES(rooms); i++) {
			memset(buffer, 0xa5, sizeof(buffer));
			args.size = rooms[i];
			args.pointer = as_u64(buffer);
			EXPECT_EQ(0, npu_ioctl(self->bed.npu.fd,
					       DRM_IOCTL_GENESYS_DEV_QUERY,
					       &args));
			EXPECT_EQ(sizes[type], args.size);
			for (uint32_t b = sizes[type]; b < rooms[i]; b++)
				EXPECT_EQ(0, buffer[b]);
			for (uint32_t b = rooms[i]; b < sizeof(buffer); b++)
				EXPECT_EQ(0xa5, buffer[b]);
		}
	}
}

TEST_F(uapi, dev_query_values)
{
	const struct drm_genesys_limits *l = &self->bed.npu.limits;
	const struct drm_genesys_dev_info *info = &self->bed.npu.info;

	EXPECT_EQ(0, info->pad);
	EXPECT_LT(DRM_GENESYS_PARAM_WEIGHT_LAYOUT, info->num_params);
	EXPECT_GE(DRM_GENESYS_MAX_PARAMS, info->num_params);
	for (uint32_t i = info->num_params; i < DRM_GENESYS_MAX_PARAMS; i++)
		EXPECT_EQ(0, info->params[i]);
	EXPECT_EQ(48, l->va_bits);
	EXPECT_EQ(4096, l->page_size);
	EXPECT_EQ(1 << 21, l->large_page_size);
	EXPECT_EQ(1ull << 32, l->window_size);
	EXPECT_EQ(1ull << 32, l->low_end);
	EXPECT_EQ(64, l->max_ctx_per_file);
	EXPECT_EQ(256, l->max_jobs_per_ctx);
	EXPECT_EQ(60000, l->max_timeout_ms);
	EXPECT_EQ(2000, l->default_timeout_ms);
}

static int timestamp(const struct npu *npu, struct drm_genesys_timestamp *ts)
{
	struct drm_genesys_dev_query args = {
		.type = DRM_GENESYS_QUERY_TIMESTAMP,
		.size = sizeof(*ts),
		.pointer = as_u64(ts),
	};

	return npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_DEV_QUERY, &args);
}

TEST_F(uapi, timestamps)
{
	struct drm_genesys_timestamp a, b;
	uint64_t cpu, device;

	ASSERT_EQ(0, timestamp(&self->bed.npu, &a));
	usleep(200000);
	ASSERT_EQ(0, timestamp(&self->bed.npu, &b));
	EXPECT_EQ(self->bed.npu.info.timestamp_hz, a.device_hz);
	cpu = b.cpu_ns - a.cpu_ns;
	device = (b.device_ticks - a.device_ticks) * 1000000 /
		 (a.device_hz / 1000);
	EXPECT_LE(200000000, cpu);
	/* 1 %, and as far as each reading may be off. */
	EXPECT_LE(device, cpu + cpu / 100 + a.error_ns + b.error_ns);
	EXPECT_GE(device + a.error_ns + b.error_ns, cpu - cpu / 100);
	EXPECT_GE(npu_now_ms(), b.cpu_ns / 1000000);
}

/* ---- privileges ---------------------------------------------------------- */

/* Runs in a child; @cap -1: none. Returns what HIGH gives. */
static int high_with_cap(const struct npu *npu, int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };
	int status, ret;
	pid_t pid = fork();

	if (!pid) {
		if (cap >= 0)
			data[0].effective = data[0].permitted = 1u << cap;
		if (syscall(SYS_capset, &header, data))
			_exit(255);
		ret = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_HIGH, 0);
		_exit(ret < 0 ? -ret : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

TEST_F(uapi, high_priority_needs_a_capability)
{
	EXPECT_EQ(0, high_with_cap(&self->bed.npu, CAP_SYS_NICE));
	EXPECT_EQ(-EACCES, high_with_cap(&self->bed.npu, -1));
	EXPECT_EQ(-EACCES, high_with_cap(&self->bed.npu, CAP_SYS_RESOURCE));
}

/* Everything else is there for whoever may open the node. */
TEST_F(uapi, no_other_ioctl_needs_one)
{
	const char *node = self->bed.npu.dev.node;
	struct stat stat;
	int status;
	pid_t pid;

	ASSERT_EQ(0, lstat(node, &stat));
	ASSERT_EQ(0, chmod(node, 0666));
	pid = fork();
	if (!pid) {
		struct npu npu;
		struct npu_kit kit;
		int ctx, ret = 1;

		if (setresgid(65534, 65534, 65534) ||
		    setresuid(65534, 65534, 65534) ||
		    npu_open_device(&npu, &self->bed.npu.dev) ||
		    npu_kit_create(&npu, &kit))
			_exit(2);
		ctx = npu_ctx_create(&npu, DRM_GENESYS_PRIORITY_NORMAL, 0);
		if (ctx > 0)
			ret = npu_run(&kit, (uint32_t)ctx, NPU_ADD, 10000);
		_exit(ret == 1 ? 0 : 3);
	}
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, chmod(node, stat.st_mode & 07777));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
