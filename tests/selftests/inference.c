// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libgenesys on the device: the model file that runs on the embedded device
 * gives the same bytes through the driver, in every way the library has to run
 * it, with several jobs in flight, and after failures.
 *
 * Files: a model of the 16x16 machine, pixels, and the scores that the embedded
 * device computed from them when these tests were built; other models. They lie
 * beside the program, or in the directory NPU_DATA. Where they do not, nothing is
 * tested, which the test machine takes as a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "npu_harness.h"

#include "genesys/hw_abi.h"
#include "inference_kit.h"
#include "npu.h"
#include "runtime/loader/gsm.h"
#include "tests/unit/split_model.h"

#define SECONDS 240 /* of a test, on a slow machine */

/* ---- fixture ---------------------------------------------------------------------- */

FIXTURE(inference)
{
	struct npu_device npu;
	char spec[64];
	struct data d;
	struct gs_device *dev;
	struct gs_model *model;
	int8_t *scores;
};

FIXTURE_SETUP(inference)
{
	struct gs_device_info info = { .size = sizeof(info) };

	if (data_missing())
		SKIP(return, "%s is missing, NPU_DATA may name its directory",
			   data_missing());
	/* Nothing may fall back to the simulator. */
	setenv("GENESYS_DEVICE", "drm", 1);
	ASSERT_EQ(0, npu_find(&self->npu));
	snprintf(self->spec, sizeof(self->spec), "drm:%s", self->npu.node);
	ASSERT_EQ(0, data_read(&self->d));
	self->scores = calloc(self->d.num, CLASSES);
	ASSERT_NE(NULL, self->scores);
	ASSERT_EQ(0, gs_device_open(self->spec, &self->dev)) {
		TH_LOG("%s", gs_last_error());
	}
	ASSERT_EQ(0, gs_device_info(self->dev, &info));
	ASSERT_STREQ("drm", info.backend);
	ASSERT_STREQ(self->npu.node, info.node);
	ASSERT_EQ(0, gs_load_model(self->dev, MODEL, NULL, &self->model)) {
		TH_LOG("%s", gs_last_error());
	}
	ASSERT_NE(NULL, gs_model_meta(self->model, "input.scale"));
	ASSERT_NE(NULL, gs_model_meta(self->model, "input.mean"));
	data_scale(&self->d, self->model);
}

FIXTURE_TEARDOWN(inference)
{
	gs_model_free(self->model);
	gs_device_close(self->dev);
	data_free(&self->d);
	free(self->scores);
}

/* ---- results ----------------------------------------------------------------------- */

TEST_F_TIMEOUT(inference, driver_gives_the_bytes, SECONDS)
{
	EXPECT_EQ(0, run_crowd(self->model, &self->d, self->scores)) {
		TH_LOG("%s", gs_last_error());
	}
	EXPECT_EQ(0, memcmp(self->scores, self->d.scores.data,
			    self->d.scores.bytes));
}

/* Here and where the tests were built. */
TEST_F_TIMEOUT(inference, simulator_gives_the_bytes, SECONDS)
{
	struct gs_device *sim;
	struct gs_model *model;

	ASSERT_EQ(0, gs_device_open("sim", &sim));
	ASSERT_EQ(0, gs_load_model(sim, MODEL, NULL, &model));
	EXPECT_EQ(0, run_crowd(model, &self->d, self->scores));
	EXPECT_EQ(0, memcmp(self->scores, self->d.scores.data,
			    self->d.scores.bytes));
	gs_model_free(model);
	gs_device_close(sim);
}

/* ---- requests ----------------------------------------------------------------------- */

TEST_F_TIMEOUT(inference, requests_in_flight, SECONDS)
{
	struct flight fl;

	EXPECT_EQ(0, fly_with(self->model, &fl, &self->d, self->d.num,
			      self->scores)) {
		TH_LOG("%s", gs_last_error());
	}
	EXPECT_EQ(0, memcmp(self->scores, self->d.scores.data,
			    self->d.scores.bytes));
	/* One had ended and two more had not. */
	EXPECT_LE(2, fl.most);
}

/* Slow enough to be seen: neither has ended when both were submitted. */
TEST_F_TIMEOUT(inference, two_at_once, SECONDS)
{
	struct gs_request *req[2];
	struct gs_binding in[2], out[2];

	if (!self->npu.test_regs)
		SKIP(return, "%s has no test registers", self->npu.address);
	ASSERT_EQ(0, npu_slow(&self->npu, 100000));
	for (int i = 0; i < 2; i++) {
		in[i] = input(&self->d, (uint32_t)i);
		out[i] = output(self->scores + i * CLASSES);
		ASSERT_EQ(0, gs_request_create(self->model, NULL, &req[i]));
		ASSERT_EQ(0, gs_request_bind(req[i], &in[i], 1, &out[i], 1));
		ASSERT_EQ(0, gs_request_submit(req[i]));
	}
	EXPECT_EQ(-ETIMEDOUT, gs_request_wait(req[0], 0, NULL));
	EXPECT_EQ(-ETIMEDOUT, gs_request_wait(req[1], 1000000, NULL));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, gs_request_wait(req[i], -1, NULL));
		EXPECT_EQ(0, memcmp(out[i].data,
				    expected(&self->d, (uint32_t)i), CLASSES));
	}
	/* One that is freed in flight leaves nothing behind. */
	ASSERT_EQ(0, gs_request_submit(req[0]));
	gs_request_free(req[0]);
	gs_request_free(req[1]);
	EXPECT_EQ(0, npu_slow(&self->npu, 0));
	EXPECT_TRUE(works(self->model, &self->d));
}

/* As the library knows them without the device. */
static uint64_t cycles(struct gs_model *model)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < gs_model_num_layers(model); i++) {
		struct gs_layer_time time = { .size = sizeof(time) };

		if (gs_model_layer_time(model, i, &time))
			return 0;
		sum += time.cycles;
	}
	return sum;
}

/*
 * A job for each layer: all of an inference are queued at once, and those of
 * several requests mix on the device.
 */
TEST_F_TIMEOUT(inference, job_for_each_layer, SECONDS)
{
	const struct gs_binding in = input(&self->d, 3),
				out = output(self->scores);
	struct gs_stats stats = { .size = sizeof(stats) };
	size_t size = self->d.file_size;
	uint8_t *cut = split_model(self->d.file, &size);
	struct gs_model *model;
	struct flight fl;

	ASSERT_NE(NULL, cut);
	ASSERT_EQ(0, gs_load_model_mem(self->dev, cut, size, NULL, &model)) {
		TH_LOG("%s", gs_last_error());
	}
	free(cut);
	ASSERT_EQ(0, gs_infer(model, &in, 1, &out, 1, NULL, &stats));
	EXPECT_EQ(0, memcmp(self->scores, expected(&self->d, 3), CLASSES));
	EXPECT_EQ(gs_model_num_layers(model), stats.jobs);
	EXPECT_LE(2, stats.jobs);
	EXPECT_EQ(cycles(model), stats.cycles);
	EXPECT_LT(0, stats.stalls);
	EXPECT_GT(stats.cycles, stats.stalls);
	EXPECT_LT(0, stats.device_ns);
	EXPECT_EQ(0, fly_with(model, &fl, &self->d, 200, self->scores)) {
		TH_LOG("%s", gs_last_error());
	}
	EXPECT_EQ(0, memcmp(self->scores, self->d.scores.data, 200 * CLASSES));
	gs_model_free(model);
}

/* ---- without copies ------------------------------------------------------------------ */

TEST_F_TIMEOUT(inference, zero_copy, SECONDS)
{
	struct gs_tensor_info in = { .size = sizeof(in) }, out = in;
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_binding from = { .type = GS_NATIVE }, to = from;
	struct gs_buffer *image, *scores;
	int8_t dense[CLASSES];

	ASSERT_EQ(0, gs_model_input(self->model, 0, &in));
	ASSERT_EQ(0, gs_model_output(self->model, 0, &out));
	from.bytes = in.layout.bytes;
	to.bytes = out.layout.bytes;
	ASSERT_EQ(0, gs_buffer_create(self->dev, 2 * from.bytes + 64, &image));
	ASSERT_EQ(0, gs_buffer_create(self->dev, to.bytes, &scores));
	to.data = gs_buffer_map(scores);
	for (uint32_t i = 0; i < 100; i++) {
		/* At two places, in turn. */
		from.data = (uint8_t *)gs_buffer_map(image) +
			    (i % 2 ? (from.bytes + 63) / 64 * 64 : 0);
		ASSERT_EQ(0, gs_model_pack(self->model, in.index, GS_FLOAT32,
					   self->d.values + i * PIXELS,
					   PIXELS * sizeof(float), from.data));
		memset(to.data, 0x55, to.bytes);
		ASSERT_EQ(0,
			  gs_infer(self->model, &from, 1, &to, 1, NULL, &stats)) {
			TH_LOG("%s", gs_last_error());
		}
		ASSERT_EQ(0, stats.copied[0]);
		ASSERT_EQ(0, stats.copied[1]);
		ASSERT_EQ(0, gs_model_unpack(self->model, out.index, GS_INT8,
					     dense, CLASSES, to.data));
		ASSERT_EQ(0, memcmp(dense, expected(&self->d, i), CLASSES));
	}
	gs_buffer_free(image);
	gs_buffer_free(scores);
	EXPECT_TRUE(works(self->model, &self->d));
}

/* ---- other models -------------------------------------------------------------------- */

TEST_F_TIMEOUT(inference, other_models, SECONDS)
{
	struct gs_device *sim;
	glob_t models;

	ASSERT_EQ(0, glob(data_path("ops/*.gsm"), 0, NULL, &models));
	ASSERT_LE(9, models.gl_pathc);
	ASSERT_EQ(0, gs_device_open("sim", &sim));
	for (size_t i = 0; i < models.gl_pathc; i++) {
		uint64_t here = run_tensors(sim, models.gl_pathv[i]);
		uint64_t there = run_tensors(self->dev, models.gl_pathv[i]);

		EXPECT_NE(0, here);
		EXPECT_EQ(here, there) {
			TH_LOG("%s: %s", models.gl_pathv[i], gs_last_error());
		}
	}
	globfree(&models);
	gs_device_close(sim);
}

/* ---- layer by layer -------------------------------------------------------------------- */

struct digest {
	uint64_t hash;
	uint32_t tensors;
};

static int take(void *ctx, const struct gs_tensor_info *info, int8_t *data)
{
	struct digest *digest = ctx;

	for (uint64_t i = 0; i < info->int8_bytes; i++)
		digest->hash =
			(digest->hash ^ (uint8_t)data[i]) * 0x100000001b3u;
	digest->tensors++;
	return 0;
}

static int dump(struct gs_model *model, const struct data *d, uint32_t image,
		struct digest *digest)
{
	const struct gs_infer_opts opts = { .size = sizeof(opts),
					    .dump = take,
					    .dump_ctx = digest };
	int8_t scores[CLASSES];
	const struct gs_binding in = input(d, image), out = output(scores);

	return gs_infer(model, &in, 1, &out, 1, &opts, NULL);
}

TEST_F_TIMEOUT(inference, every_tensor, SECONDS)
{
	struct digest here = { 1, 0 }, there = { 1, 0 };
	struct gs_device *sim;
	struct gs_model *model;

	ASSERT_EQ(0, gs_device_open("sim", &sim));
	ASSERT_EQ(0, gs_load_model(sim, MODEL, NULL, &model));
	for (uint32_t i = 0; i < 10; i++) {
		ASSERT_EQ(0, dump(model, &self->d, i, &here));
		ASSERT_EQ(0, dump(self->model, &self->d, i, &there)) {
			TH_LOG("%s", gs_last_error());
		}
		ASSERT_EQ(here.hash, there.hash);
	}
	EXPECT_EQ(here.tensors, there.tensors);
	EXPECT_EQ(10 * gs_model_num_tensors(model), there.tensors);
	gs_model_free(model);
	gs_device_close(sim);
}

/* ---- what goes wrong ---------------------------------------------------------------- */

TEST_F_TIMEOUT(inference, hang, SECONDS)
{
	struct gs_load_opts opts = { .size = sizeof(opts), .timeout_ms = 300 };
	int8_t scores[CLASSES];
	struct gs_model *model;

	if (!self->npu.test_regs)
		SKIP(return, "%s has no test registers", self->npu.address);
	ASSERT_EQ(0, gs_load_model(self->dev, MODEL, &opts, &model));
	ASSERT_EQ(0, npu_inject(&self->npu, GS_INJECT_HANG));
	EXPECT_EQ(-ETIME, infer(model, &self->d, 0, scores));
	EXPECT_NE(NULL, strstr(gs_last_error(), "longer than 300 ms"));
	EXPECT_TRUE(works(model, &self->d));
	EXPECT_TRUE(works(self->model, &self->d));
	gs_model_free(model);
}

/* The sentence is that of the simulator. */
TEST_F_TIMEOUT(inference, core_fault, SECONDS)
{
	struct gs_stats stats[2] = { { .size = sizeof(stats[0]) },
				     { .size = sizeof(stats[0]) } };
	struct gs_layer_info layer = { .size = sizeof(layer) };
	char text[2][1024];

	ASSERT_EQ(0, gs_model_layer(self->model, 2, &layer));
	/* .text stands at offset 64; a word of the third layer is none. */
	memset(self->d.file + 64 + 4 * (layer.first_word + 9), 0xff, 4);
	ASSERT_EQ(0, gs_gsm_seal(self->d.file, self->d.file_size));
	for (int i = 0; i < 2; i++) {
		const struct gs_binding in = input(&self->d, 0),
					out = output(self->scores);
		struct gs_device *dev;
		struct gs_model *model;

		ASSERT_EQ(0, gs_device_open(i ? self->spec : "sim", &dev));
		ASSERT_EQ(0, gs_load_model_mem(dev, self->d.file,
					       self->d.file_size, NULL, &model)) {
			TH_LOG("%s", gs_last_error());
		}
		EXPECT_EQ(-EIO,
			  gs_infer(model, &in, 1, &out, 1, NULL, &stats[i]));
		snprintf(text[i], sizeof(text[i]), "%s", gs_last_error());
		gs_model_free(model);
		gs_device_close(dev);
	}
	EXPECT_STREQ(text[0], text[1]);
	EXPECT_NE(NULL, strstr(text[1], layer.name));
	EXPECT_EQ(1, stats[1].faults);
	EXPECT_EQ(2, stats[1].fault_layer);
	EXPECT_EQ(stats[0].fault_block, stats[1].fault_block);
	EXPECT_EQ(stats[0].fault_word, stats[1].fault_word);
	EXPECT_TRUE(works(self->model, &self->d));
}

TEST_F_TIMEOUT(inference, dma_error, SECONDS)
{
	struct gs_stats stats = { .size = sizeof(stats) };
	const struct gs_binding in = input(&self->d, 0),
				out = output(self->scores);

	if (!self->npu.test_regs)
		SKIP(return, "%s has no test registers", self->npu.address);
	ASSERT_EQ(0, npu_inject(&self->npu, GS_INJECT_DMA_ERROR));
	EXPECT_EQ(-EIO, gs_infer(self->model, &in, 1, &out, 1, NULL, &stats));
	EXPECT_EQ(1, stats.faults);
	EXPECT_NE(NULL, strstr(gs_last_error(), "MEMORY"));
	EXPECT_TRUE(works(self->model, &self->d));
}

TEST_F_TIMEOUT(inference, other_architecture, SECONDS)
{
	struct npu_device devices[NPU_MAX_DEVICES];
	int num = npu_devices(devices);
	int refused = 0;

	for (int i = 0; i < num; i++) {
		struct gs_device_info info = { .size = sizeof(info) };
		struct gs_device *dev;
		struct gs_model *model;
		char spec[64];

		snprintf(spec, sizeof(spec), "drm:%s", devices[i].node);
		ASSERT_EQ(0, gs_device_open(spec, &dev));
		ASSERT_EQ(0, gs_device_info(dev, &info));
		if (info.array_n == 4) {
			EXPECT_EQ(-ENOTSUP,
				  gs_load_model(dev, MODEL, NULL, &model));
			EXPECT_NE(NULL,
				  strstr(gs_last_error(),
					 "ARRAY_N is 16 in the model "
					 "(genesys_16x16), 4 on the device "
					 "(4x4)")) {
				TH_LOG("%s", gs_last_error());
			}
			refused++;
		}
		gs_device_close(dev);
	}
	if (!refused)
		SKIP(return, "there is no device of another architecture");
}

/* ---- gs_check() ---------------------------------------------------------------------- */

TEST_F_TIMEOUT(inference, check, SECONDS)
{
	struct gs_check_info info = { .size = sizeof(info) };
	struct gs_device *dev;

	EXPECT_EQ(0, gs_check(self->spec, &info)) {
		TH_LOG("%s", gs_last_error());
	}
	EXPECT_EQ(GS_CHECK_OK, info.status);
	EXPECT_STREQ(self->npu.node, info.node);
	EXPECT_STREQ(self->npu.address, info.pci);
	EXPECT_EQ(1, info.driver_major);
	EXPECT_NE(0, info.fw_version);
	EXPECT_EQ(npu_devices(NULL), (int)info.devices);
	EXPECT_EQ(0, gs_check(NULL, NULL));
	/* Without a spec there is a device, so it is no simulator. */
	unsetenv("GENESYS_DEVICE");
	ASSERT_EQ(0, gs_device_open(NULL, &dev));
	gs_device_close(dev);
}

/* What somebody is told who may not: 0, or what was wrong. */
static int check_as_nobody(const char *spec)
{
	struct gs_check_info info = { .size = sizeof(info) };
	struct gs_device *dev;

	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		return 1;
	if (gs_check(spec, &info) != -EACCES ||
	    info.status != GS_CHECK_PERMISSION || !info.group[0] ||
	    !strstr(info.text, info.group) || !strstr(info.text, info.node))
		return 2;
	if (gs_device_open("drm", &dev) != -EACCES)
		return 3;
	/* Who did not ask for the driver gets the simulator. */
	unsetenv("GENESYS_DEVICE");
	return gs_device_open(NULL, &dev) ? 4 : 0;
}

TEST_F_TIMEOUT(inference, permission, SECONDS)
{
	int status = 0;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(check_as_nobody(self->spec));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Whether the device answers at its registers, behind the driver's back. */
static int answer(const struct npu_device *npu, bool on)
{
	char path[192];
	uint16_t command;
	int fd, ret = -EIO;

	snprintf(path, sizeof(path), "%s/config", npu->sysfs);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pread(fd, &command, sizeof(command), PCI_COMMAND) ==
	    sizeof(command)) {
		command &= (uint16_t)~PCI_COMMAND_MEMORY;
		command |= on ? PCI_COMMAND_MEMORY : 0;
		if (pwrite(fd, &command, sizeof(command), PCI_COMMAND) ==
		    sizeof(command))
			ret = 0;
	}
	close(fd);
	return ret;
}

/* A device that did not come back is none, and a reset by the bus helps. */
TEST_F_TIMEOUT(inference, lost, SECONDS)
{
	struct gs_check_info info = { .size = sizeof(info) };
	struct gs_device *dev;

	/* What another device does about it is up to the machine. */
	if (!self->npu.test_regs)
		SKIP(return, "%s has no test registers", self->npu.address);
	ASSERT_EQ(0, answer(&self->npu, false));
	/* The job is missed, so the driver tries a reset. */
	EXPECT_EQ(-EIO, infer(self->model, &self->d, 0, self->scores));
	EXPECT_EQ(0, answer(&self->npu, true));
	/* It is there again, and stays lost. */
	EXPECT_EQ(-EIO, infer(self->model, &self->d, 0, self->scores));
	EXPECT_EQ(-ENODEV, gs_check(self->spec, &info));
	EXPECT_EQ(GS_CHECK_FIRMWARE, info.status);
	EXPECT_EQ(0, info.fw_version);
	EXPECT_NE(NULL, strstr(info.text, "no firmware runs"));
	EXPECT_NE(NULL, strstr(info.text, self->npu.address));
	EXPECT_EQ(-ENODEV, gs_device_open(self->spec, &dev));
	/* Another device, if there is one, is taken instead. */
	EXPECT_EQ(npu_devices(NULL) > 1 ? 0 : -ENODEV, gs_check(NULL, &info));
	EXPECT_STRNE(self->npu.node, info.status ? "" : info.node);

	ASSERT_EQ(0, npu_reset(&self->npu));
	EXPECT_EQ(0, gs_check(self->spec, &info)) {
		TH_LOG("%s", info.text);
	}
	EXPECT_EQ(GS_CHECK_OK, info.status);
	EXPECT_TRUE(works(self->model, &self->d)) {
		TH_LOG("%s", gs_last_error());
	}
}

TEST_F_TIMEOUT(inference, unbound, SECONDS)
{
	struct gs_check_info info = { .size = sizeof(info) };
	int8_t scores[CLASSES];
	struct gs_device *dev;
	struct gs_model *model;

	ASSERT_EQ(0, npu_unbind(&self->npu));
	EXPECT_EQ(-ENODEV, infer(self->model, &self->d, 0, scores));
	EXPECT_NE(NULL, strstr(gs_last_error(), "gone"));
	EXPECT_EQ(-ENODEV, gs_check(self->spec, &info));
	EXPECT_EQ(GS_CHECK_NO_NODE, info.status);
	/* The others, if there are any, do not help this device. */
	EXPECT_EQ(npu_devices(NULL) ? 0 : -ENODEV, gs_check(NULL, &info)) {
		TH_LOG("%s", info.text);
	}
	if (!npu_devices(NULL)) {
		EXPECT_EQ(GS_CHECK_NO_DRIVER, info.status);
		EXPECT_NE(NULL, strstr(info.text, self->npu.address));
	}
	ASSERT_EQ(0, npu_bind(&self->npu));
	/* Another number than that of the node which is still open. */
	ASSERT_EQ(0, npu_find(&self->npu));
	snprintf(self->spec, sizeof(self->spec), "drm:%s", self->npu.node);
	ASSERT_EQ(0, gs_device_open(self->spec, &dev));
	ASSERT_EQ(0, gs_load_model(dev, MODEL, NULL, &model));
	EXPECT_TRUE(works(model, &self->d));
	gs_model_free(model);
	gs_device_close(dev);
}

TEST_HARNESS_MAIN
