/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between kernels, found by kernel/probe.sh, which compiles small
 * programs: the version of a kernel does not tell what was backported to it.
 */
#ifndef GS_COMPAT_H
#define GS_COMPAT_H

#include <drm/gpu_scheduler.h>

#include "gs_config.h"

#ifdef GS_HAVE_BARE_NAMESPACES
#define GS_IMPORT_NS_DMA_BUF MODULE_IMPORT_NS(DMA_BUF)
#define GS_IMPORT_NS_KUNIT MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#else
#define GS_IMPORT_NS_DMA_BUF MODULE_IMPORT_NS("DMA_BUF")
#define GS_IMPORT_NS_KUNIT MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#endif

#ifdef GS_HAVE_SCHED_INIT_ARGS
#define gs_sched_init drm_sched_init
#else
/**
 * struct drm_sched_init_args - as of Linux 6.12.115 and 6.15
 * @ops: see drm_sched_init()
 * @submit_wq: see drm_sched_init()
 * @timeout_wq: see drm_sched_init()
 * @num_rqs: see drm_sched_init()
 * @credit_limit: see drm_sched_init()
 * @hang_limit: see drm_sched_init()
 * @timeout: see drm_sched_init()
 * @score: see drm_sched_init()
 * @name: see drm_sched_init()
 * @dev: see drm_sched_init()
 */
struct drm_sched_init_args {
	const struct drm_sched_backend_ops *ops;
	struct workqueue_struct *submit_wq;
	struct workqueue_struct *timeout_wq;
	u32 num_rqs;
	u32 credit_limit;
	unsigned int hang_limit;
	long timeout;
	atomic_t *score;
	const char *name;
	struct device *dev;
};

static inline int gs_sched_init(struct drm_gpu_scheduler *sched,
				const struct drm_sched_init_args *args)
{
	return drm_sched_init(sched, args->ops, args->submit_wq, args->num_rqs,
			      args->credit_limit, args->hang_limit,
			      args->timeout, args->timeout_wq, args->score,
			      args->name, args->dev);
}
#endif

static inline int gs_sched_job_init(struct drm_sched_job *job,
				    struct drm_sched_entity *entity,
				    void *owner, u64 client_id)
{
#ifdef GS_HAVE_SCHED_JOB_CLIENT_ID
	return drm_sched_job_init(job, entity, 1, owner, client_id);
#else
	return drm_sched_job_init(job, entity, 1, owner);
#endif
}

/*
 * A job that timed out is not at fault: it goes back to the pending list, from
 * which the scheduler took it before it called timedout_job(). Without the
 * status that says so we put it there; should it have ended meanwhile, the
 * scheduler missed that it may be freed. The return value is timedout_job()'s.
 */
static inline enum drm_gpu_sched_stat gs_sched_job_go_on(struct drm_sched_job *job)
{
#ifdef GS_HAVE_SCHED_STAT_NO_HANG
	return DRM_GPU_SCHED_STAT_NO_HANG;
#else
	struct drm_gpu_scheduler *sched = job->sched;

	spin_lock(&sched->job_list_lock);
	list_add(&job->list, &sched->pending_list);
	if (dma_fence_is_signaled(&job->s_fence->finished))
		queue_work(sched->submit_wq, &sched->work_free_job);
	spin_unlock(&sched->job_list_lock);
	return DRM_GPU_SCHED_STAT_NOMINAL;
#endif
}

#endif /* GS_COMPAT_H */
