/* SPDX-License-Identifier: MIT */
/*
 * Requests: gs_infer() cut in two, with a context that is the request's own.
 *
 * The eventfd is made when somebody asks for it. It counts 1 from the end of
 * the jobs until gs_request_wait() has returned their result.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/core/bind.h"
#include "runtime/core/error.h"
#include "runtime/core/run.h"
#include "runtime/core/sized.h"

struct gs_request {
	struct gs_model *model;
	struct gs_infer_opts opts;
	struct gs_binding *binding; /* inputs, then outputs; NULL: not bound */
	const struct gs_binding **slot; /* into binding, by position */
	struct gs_run run; /* ctx is NULL until the first submit */
	int event_fd; /* or -1 */
	bool in_flight;
	bool notified; /* the eventfd was or will be signalled for these jobs */
};

/* Between the end of a job and its event: no more than another wake-up. */
#define EVENT_TIMEOUT_MS 1000

static int no_memory(const char *call)
{
	return gs_rt_fail(-ENOMEM, "%s: out of memory", call);
}

static int check_idle(const struct gs_request *req, const char *call)
{
	if (!req)
		return gs_rt_fail(-EINVAL, "%s: the request is NULL", call);
	if (req->in_flight)
		return gs_rt_fail(-EBUSY,
				  "%s: the request is in flight; expected "
				  "gs_request_wait() before",
				  call);
	return 0;
}

int gs_request_create(struct gs_model *model, const struct gs_infer_opts *opts,
		      struct gs_request **out)
{
	struct gs_request *req;
	struct gs_infer_opts o;
	int ret;

	if (!model || !out)
		return gs_rt_fail(-EINVAL,
				  "gs_request_create: a pointer is NULL");
	ret = gs_run_check_opts(opts, &o);
	if (!ret && o.dump)
		ret = gs_rt_fail(-EINVAL,
				 "gs_infer: gs_infer_opts.dump is not NULL; "
				 "only gs_infer() dumps");
	if (ret)
		return gs_rt_rename(ret, "gs_infer:", "gs_request_create:");
	req = calloc(1, sizeof(*req));
	if (!req)
		return no_memory("gs_request_create");
	req->model = model;
	req->opts = o;
	req->event_fd = -1;
	*out = req;
	return 0;
}

/* ---- bindings ------------------------------------------------------------------ */

static int match(struct gs_request *req, const struct gs_binding **slot,
		 const struct gs_binding *binding, uint32_t num_inputs,
		 uint32_t num_outputs)
{
	int ret = gs_bind(req->model, false, binding, num_inputs, slot);

	if (!ret)
		ret = gs_bind(req->model, true, binding + num_inputs,
			      num_outputs, slot + num_inputs);
	return gs_rt_rename(ret, "gs_infer:", "gs_request_bind:");
}

static void set_bindings(struct gs_request *req, struct gs_binding *binding,
			 const struct gs_binding **slot)
{
	free(req->binding);
	free(req->slot);
	req->binding = binding;
	req->slot = slot;
}

static int bind_copy(struct gs_request *req, const struct gs_binding *inputs,
		     uint32_t num_inputs, const struct gs_binding *outputs,
		     uint32_t num_outputs)
{
	const struct gs_gsm *gsm = req->model->gsm;
	const size_t num = (size_t)gsm->num_inputs + gsm->num_outputs;
	struct gs_binding *copy = calloc(num, sizeof(*copy));
	const struct gs_binding **slot = calloc(num, sizeof(*slot));
	int ret;

	if (copy && slot) {
		if (num_inputs)
			memcpy(copy, inputs, num_inputs * sizeof(*copy));
		memcpy(copy + num_inputs, outputs, num_outputs * sizeof(*copy));
		ret = match(req, slot, copy, num_inputs, num_outputs);
	} else {
		ret = no_memory("gs_request_bind");
	}
	if (ret) {
		free(copy);
		free(slot);
		return ret;
	}
	/* Names were looked up and may go. */
	for (size_t i = 0; i < num; i++)
		copy[i].name = NULL;
	set_bindings(req, copy, slot);
	return 0;
}

int gs_request_bind(struct gs_request *req, const struct gs_binding *inputs,
		    uint32_t num_inputs, const struct gs_binding *outputs,
		    uint32_t num_outputs)
{
	int ret = check_idle(req, "gs_request_bind");

	if (ret)
		return ret;
	if ((num_inputs && !inputs) || (num_outputs && !outputs))
		return gs_rt_fail(-EINVAL,
				  "gs_request_bind: a pointer is NULL");
	if (num_inputs != req->model->gsm->num_inputs ||
	    num_outputs != req->model->gsm->num_outputs)
		return gs_rt_fail(-EINVAL,
				  "gs_request_bind: %u inputs and %u outputs; "
				  "the model has %u and %u",
				  num_inputs, num_outputs,
				  req->model->gsm->num_inputs,
				  req->model->gsm->num_outputs);
	return bind_copy(req, inputs, num_inputs, outputs, num_outputs);
}

/* ---- in flight ----------------------------------------------------------------- */

static void drop_context(struct gs_request *req)
{
	if (req->run.ctx)
		gs_context_put(req->run.ctx, req->run.spoilt);
	req->run.ctx = NULL;
}

static int notify(struct gs_request *req)
{
	const struct gs_backend *backend = req->model->dev->backend;
	int ret;

	if (req->event_fd < 0)
		return 0;
	ret = backend->notify(req->run.ctx, req->event_fd);
	req->notified = !ret;
	return ret;
}

/* The jobs ended, but their event may be on its way: it must not come later. */
static void clear_event(struct gs_request *req)
{
	struct pollfd event = { .fd = req->event_fd, .events = POLLIN };
	uint64_t count;
	int ready;

	if (!req->notified)
		return;
	req->notified = false;
	do
		ready = poll(&event, 1, EVENT_TIMEOUT_MS);
	while (ready < 0 && errno == EINTR);
	/* It does not block, and nobody else reads. */
	if (ready == 1 && read(req->event_fd, &count, sizeof(count)) < 0)
		return;
}

static int submit(struct gs_request *req)
{
	struct gs_context *ctx = req->run.ctx;
	int ret = ctx ? 0 : gs_context_get(req->model, &ctx);

	if (ret)
		return ret;
	gs_run_init(&req->run, ctx, &req->opts, req->slot);
	req->run.timed = true; /* gs_request_wait() may ask */
	ret = gs_run_inputs(&req->run);
	if (!ret)
		ret = gs_run_submit(&req->run);
	if (!ret) {
		ret = notify(req);
		if (ret)
			gs_run_wait(&req->run, -1);
	}
	if (ret)
		drop_context(req);
	return ret;
}

int gs_request_submit(struct gs_request *req)
{
	int ret = check_idle(req, "gs_request_submit");

	if (ret)
		return ret;
	if (!req->binding)
		return gs_rt_fail(-EINVAL,
				  "gs_request_submit: nothing is bound; "
				  "expected gs_request_bind() before");
	ret = submit(req);
	req->in_flight = !ret;
	return gs_rt_rename(ret, "gs_infer:", "gs_request_submit:");
}

int gs_request_fd(struct gs_request *req)
{
	int ret = 0;

	if (!req)
		return gs_rt_fail(-EINVAL,
				  "gs_request_fd: the request is NULL");
	if (req->event_fd >= 0)
		return req->event_fd;
	req->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (req->event_fd < 0)
		return gs_rt_fail(-errno, "gs_request_fd: eventfd: %s",
				  strerrordesc_np(errno));
	if (req->in_flight)
		ret = notify(req);
	if (ret) {
		close(req->event_fd);
		req->event_fd = -1;
	}
	return ret ? gs_rt_rename(ret, "gs_infer:", "gs_request_fd:") :
		     req->event_fd;
}

static int finish(struct gs_request *req, int ret, struct gs_stats *stats)
{
	req->in_flight = false;
	gs_run_count(&req->run);
	if (!ret)
		ret = gs_run_outputs(&req->run);
	if (stats)
		gs_sized_out(stats, &req->run.stats, sizeof(req->run.stats),
			     "gs_stats");
	if (req->run.spoilt)
		drop_context(req);
	/* Last: when waiting failed, it is drop_context() that ends the jobs. */
	clear_event(req);
	return gs_rt_rename(ret, "gs_infer:", "gs_request_wait:");
}

int gs_request_wait(struct gs_request *req, int64_t timeout_ns,
		    struct gs_stats *stats)
{
	int ret;

	if (!req)
		return gs_rt_fail(-EINVAL,
				  "gs_request_wait: the request is NULL");
	if (!req->in_flight)
		return gs_rt_fail(-EINVAL,
				  "gs_request_wait: nothing was submitted");
	ret = stats ? gs_sized_check(stats, "gs_stats") : 0;
	if (ret)
		return ret;
	ret = gs_run_wait(&req->run, timeout_ns);
	if (ret == -ETIMEDOUT)
		return gs_rt_fail(ret, "gs_request_wait: still in flight");
	return finish(req, ret, stats);
}

void gs_request_free(struct gs_request *req)
{
	if (!req)
		return;
	if (req->in_flight)
		req->run.spoilt = true; /* what runs is cancelled */
	drop_context(req);
	if (req->event_fd >= 0)
		close(req->event_fd);
	free(req->binding);
	free(req->slot);
	free(req);
}
