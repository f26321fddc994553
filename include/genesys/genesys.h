/* SPDX-License-Identifier: MIT */
/**
 * @file genesys.h
 * libgenesys: runs compiled models (.gsm) on a GeneSys NPU.
 *
 * Every call that can fail returns 0 or a negative errno; gs_last_error()
 * then has a sentence that names call, object, found and expected. No call
 * prints or exits, and none starts a thread but with gs_infer_opts.threads.
 * Handles are opaque.
 *
 * Structures that start with @c size are versioned: the caller sets size to
 * sizeof of the structure it was compiled with. Members beyond that size are
 * neither read nor written; members that a library does not know must be 0.
 *
 * Threads. Devices and models may be used by any number of threads at once,
 * gs_infer() on one model included: each concurrent call works in a context of
 * its own. Only gs_device_close() and gs_model_free() need that no other
 * thread uses the object, then or later. A request belongs to one thread at a
 * time.
 *
 * Processes. Objects belong to the process that made them. A child of fork()
 * may call exec(), or open a device of its own; it must not use or free what it
 * inherited. Descriptors are close-on-exec.
 */
#ifndef GENESYS_GENESYS_H
#define GENESYS_GENESYS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GS_API __attribute__((visibility("default")))
#else
#define GS_API
#endif

struct gs_device;
struct gs_model;
struct gs_buffer;
struct gs_request;

/* ---- library ------------------------------------------------------------- */

/**
 * gs_version() - version of the library, "MAJOR.MINOR.PATCH"
 * Thread safe. The text lives as long as the library.
 */
GS_API const char *gs_version(void);

/**
 * gs_strerror() - a short text for a return value, such as "invalid argument"
 * @param err  a value this library returned; 0 and unknown values have texts too
 * Thread safe. The text lives as long as the library.
 */
GS_API const char *gs_strerror(int err);

/**
 * gs_last_error() - the sentence of the last call that failed in this thread
 * "" before the first failure; a call that succeeds does not change it. The
 * text is valid until the next failing call in the same thread.
 */
GS_API const char *gs_last_error(void);

/* ---- devices --------------------------------------------------------------- */

/** What a device is. Sizes in the units of docs/isa.md section 1. */
struct gs_device_info {
	size_t size; /**< set by the caller */
	const char *backend; /**< "sim" or "drm"; lives as long as the device */
	const char *executor; /**< of jobs by default: "fast, AVX2", "device" */
	const char *arch_name; /**< in the architecture file; drm: "16x16" */
	uint64_t arch_hash; /**< equal to that of the models it runs */
	uint32_t isa_version;
	uint32_t extensions; /**< bit mask */
	uint32_t clock_mhz;
	uint32_t array_n, array_m; /**< rows, columns of the systolic array */
	uint32_t data_width, wgt_width, acc_width, bias_width; /**< bits */
	uint32_t ibuf_depth, wbuf_depth, obuf_depth, bbuf_depth; /**< rows */
	uint32_t vmem_depth; /**< rows */
	uint32_t imm_depth; /**< slots */
	uint32_t instr_depth, simd_instr_depth; /**< words */
	uint32_t param_channel_bw, ibuf_channel_bw, obuf_channel_bw;
	uint32_t simd_channel_bw, instr_channel_bw; /**< bits */
	uint32_t weight_layout; /**< 0 published, 1 column */
	uint32_t fw_version; /**< major << 16 | minor << 8 | patch; sim: 0 */
	const char *node; /**< "/dev/accel/accel0"; sim: "" */
};

/**
 * gs_device_open() - open a device
 * @param spec  "drm": the first usable device of the genesys driver;
 *              "drm:N", "drm:/dev/accel/accelN": that one;
 *              "sim": the machine in this process, default architecture;
 *              "sim:FILE.json": with an architecture file;
 *              NULL: what the environment variable GENESYS_DEVICE says, else
 *              the first usable device, else "sim". gs_check() tells why there
 *              is none; GENESYS_DEVICE=drm forbids the simulator
 * @param dev   receives the device; close it with gs_device_close()
 * @return 0; -EINVAL (spec, architecture file); -errno of the file; -ENODEV,
 *         -EACCES, -EBUSY, -EPROTO (drm, as gs_check()); -ENOMEM
 * Thread safe.
 */
GS_API int gs_device_open(const char *spec, struct gs_device **dev);

/**
 * gs_device_close() - give a device back
 * Its models stay usable; the device is gone with the last of them. NULL is
 * allowed.
 */
GS_API void gs_device_close(struct gs_device *dev);

/**
 * gs_device_info() - describe a device
 * @param info  info->size is set by the caller, the rest is filled; strings
 *              belong to the device
 * @return 0, or -EINVAL (info->size too small for any version)
 * Thread safe.
 */
GS_API int gs_device_info(const struct gs_device *dev,
			  struct gs_device_info *info);

/** What gs_check() found. */
enum gs_check_status {
	GS_CHECK_OK = 0, /**< a device is usable */
	GS_CHECK_NO_DEVICE, /**< no GeneSys device in the machine */
	GS_CHECK_NO_DRIVER, /**< the driver genesys is not loaded or not bound */
	GS_CHECK_FIRMWARE, /**< its file is missing or wrong, or none runs */
	GS_CHECK_NO_NODE, /**< the driver is bound, its node is not there */
	GS_CHECK_PERMISSION, /**< the node may not be opened */
	GS_CHECK_NOT_GENESYS, /**< the node belongs to another driver */
	GS_CHECK_BUSY, /**< all address spaces of the device are in use */
	GS_CHECK_VERSION, /**< driver and library do not understand each other */
	GS_CHECK_FAILED, /**< another error of the system; the sentence has it */
};

/** Why a device can be used or not. Strings are cut to their size. */
struct gs_check_info {
	size_t size; /**< set by the caller */
	uint32_t status; /**< enum gs_check_status */
	uint32_t fw_version; /**< major << 16 | minor << 8 | patch, 0: unknown */
	uint32_t driver_major,
		driver_minor; /**< of its interface, 0: unknown */
	uint32_t devices; /**< nodes of the driver */
	uint32_t reserved; /**< 0 */
	char node[64]; /**< the node in question, or "" */
	char pci[32]; /**< its address, as "0000:01:00.0", or "" */
	char group[64]; /**< that may open the node, or "" */
	char text[512]; /**< one sentence, what to do included */
};

/**
 * gs_check() - why there is a usable device of the driver, or why not
 * Opens the node and closes it again. The simulator is not looked at.
 * @param spec  "drm:N" or "drm:/dev/accel/accelN" to check that one; NULL or
 *              "drm": the first that is usable, else the one nearest to it
 * @param info  may be NULL; info->size is set by the caller, the rest is filled
 * @return 0 when a device is usable; -ENODEV, -EACCES, -EBUSY, -EPROTO
 *         (GS_CHECK_VERSION) or -errno, with the sentence of @p info in
 *         gs_last_error(); -EINVAL (spec, info->size)
 * Thread safe.
 */
GS_API int gs_check(const char *spec, struct gs_check_info *info);

/* ---- buffers --------------------------------------------------------------- */

/** Bindings without a copy start at a multiple of this in their buffer. */
#define GS_BUFFER_ALIGN 64

/**
 * gs_buffer_create() - memory that device and caller both access
 * A binding whose data lies in a buffer of the model's device is used in place
 * where its type allows it (struct gs_binding).
 * @param size  bytes, not 0; the memory starts as zeros
 * @param buf   receives the buffer; free it with gs_buffer_free()
 * @return 0; -EINVAL; -ENOMEM; -ENOSPC (the device's address space is full);
 *         -ENODEV (the device is gone)
 * Thread safe.
 */
GS_API int gs_buffer_create(struct gs_device *dev, size_t size,
			    struct gs_buffer **buf);

/** gs_buffer_map() - its memory, page aligned, valid until gs_buffer_free() */
GS_API void *gs_buffer_map(struct gs_buffer *buf);

/** gs_buffer_size() - as given to gs_buffer_create() */
GS_API size_t gs_buffer_size(const struct gs_buffer *buf);

/**
 * gs_buffer_free() - give a buffer back; NULL is allowed
 * No request bound to it may be in flight. May be called after
 * gs_device_close().
 */
GS_API void gs_buffer_free(struct gs_buffer *buf);

/* ---- models ---------------------------------------------------------------- */

/** Options of loading; all 0 but size is the default. */
struct gs_load_opts {
	size_t size; /**< set by the caller */
	uint64_t max_memory; /**< bytes of activation memory to accept, 0: 4 GiB */
	uint32_t timeout_ms; /**< drm: of a job; 0, or too long: the driver's longest */
	uint32_t reserved; /**< 0 */
};

/**
 * gs_load_model() - load a model file and make code and weights resident
 * @param dev    must have the architecture the model was compiled for
 * @param path   a .gsm file; it is read once and not kept open
 * @param opts   may be NULL
 * @param model  receives the model; free it with gs_model_free()
 * @return 0; -errno of the file; -ENOEXEC (not a model file, or of another
 *         version); -EBADMSG (cut off or damaged); -EINVAL (malformed);
 *         -ENOTSUP (made for another architecture; the sentence names the
 *         first parameter that differs); -E2BIG (over max_memory); -ENOMEM;
 *         -ENOSPC (the device's address space is full); -ENODEV (it is gone)
 * Thread safe.
 */
GS_API int gs_load_model(struct gs_device *dev, const char *path,
			 const struct gs_load_opts *opts,
			 struct gs_model **model);

/**
 * gs_load_model_mem() - as gs_load_model(), from memory
 * @param data  the bytes of a model file; not needed after the call
 * @param bytes their number
 */
GS_API int gs_load_model_mem(struct gs_device *dev, const void *data,
			     size_t bytes, const struct gs_load_opts *opts,
			     struct gs_model **model);

/** gs_model_free() - free a model and all its memory; NULL is allowed */
GS_API void gs_model_free(struct gs_model *model);

/** Type of the elements that a caller hands over. */
enum gs_type {
	GS_FLOAT32 = 1, /**< real values; the library quantizes */
	GS_INT8 = 2, /**< quantized values: real = scale * (q - zero_point) */
	GS_NATIVE =
		3, /**< quantized values as in the device's memory, gs_tensor_layout */
};

/** Logical order of a tensor's elements. */
enum gs_order {
	GS_NCHW = 0, /**< n, c, h, w */
	GS_NHWC = 1, /**< n, h, w, c */
};

/**
 * Where a tensor stands in the device's memory: n x (top + h + bottom) x
 * (left + w + right) x c_phys elements, channels innermost. With row_block rows that
 * stand together, element (n, y, x, c) is
 * ((n (top + h + bottom) / row_block + p / row_block) (left + w + right) + left + x) c_phys
 * + (p mod row_block) c_phys / row_block + channel(c), p = top + y. An element has
 * elem_bits: of 8 each has a byte, of 4 element i stands in byte i / 2, in its low
 * half where i is even. Values of 4 bits (gs_tensor_info.bits) are elements of 8
 * in tensors that are read or written at odd channels. Matters to callers of
 * GS_NATIVE bindings; others take and give dense tensors in logical order.
 */
struct gs_tensor_layout {
	uint32_t order; /**< enum gs_order */
	uint32_t n, h, w, c; /**< the elements of the shape */
	uint32_t c_phys; /**< channels in memory, of all rows of a block */
	uint32_t top, left, bottom, right; /**< border, rows and columns */
	int32_t border_value; /**< quantized */
	const uint32_t *channel_map; /**< c physical channels, NULL: identity */
	uint64_t offset; /**< bytes into the activations */
	uint64_t bytes; /**< of the slot */
	uint32_t row_block; /**< rows that stand together; 1: each for itself */
	uint32_t elem_bits; /**< of an element in memory: 8, or 4 */
};

#define GS_TENSOR_INPUT 1u /**< flag: an input of the model */
#define GS_TENSOR_OUTPUT 2u /**< flag: an output of the model */
#define GS_TENSOR_VIEW 4u /**< flag: shares the memory of another tensor */

#define GS_MAX_DIMS 8
#define GS_NO_LAYER UINT32_MAX

/** A tensor of a model. Strings and the channel map belong to the model. */
struct gs_tensor_info {
	size_t size; /**< set by the caller */
	const char *name; /**< unique in the model */
	uint32_t index; /**< in gs_model_tensor() */
	uint32_t flags; /**< GS_TENSOR_* */
	uint32_t type; /**< on the device: GS_INT8 */
	uint32_t rank; /**< 0 to GS_MAX_DIMS */
	int64_t dim[GS_MAX_DIMS]; /**< outermost first */
	uint64_t elems; /**< product of dim */
	uint64_t float_bytes; /**< of a dense GS_FLOAT32 tensor */
	uint64_t int8_bytes; /**< of a dense GS_INT8 tensor */
	float scale; /**< real = scale * (q - zero_point) */
	int32_t zero_point;
	uint32_t layer; /**< that computes it, or GS_NO_LAYER */
	struct gs_tensor_layout layout;
	uint32_t bits; /**< of a quantized value: 8 (-128 to 127) or 4 (-8 to 7); an array of GS_INT8 has a byte for each */
	uint32_t reserved; /**< 0 */
};

/** The model file does not tell; files of older compilers do not. */
#define GS_NO_MACS UINT64_MAX

/** A layer: the code of one node of the graph. Strings belong to the model. */
struct gs_layer_info {
	size_t size; /**< set by the caller */
	const char *name;
	const char *op; /**< operator type, as in the ONNX file */
	const char *note; /**< tile sizes, for people; may be "" */
	uint32_t first_word, num_words; /**< of the code */
	uint32_t num_blocks;
	uint32_t reserved; /**< 0 */
	uint64_t macs; /**< multiply-accumulates the operator needs, docs/model-file.md; or GS_NO_MACS */
};

/** Number of inputs, outputs, all tensors, layers. Thread safe. */
GS_API uint32_t gs_model_num_inputs(const struct gs_model *model);
GS_API uint32_t gs_model_num_outputs(const struct gs_model *model);
GS_API uint32_t gs_model_num_tensors(const struct gs_model *model);
GS_API uint32_t gs_model_num_layers(const struct gs_model *model);

/**
 * gs_model_input() - describe input @p i, in the order of the ONNX file
 * @param info  info->size is set by the caller, the rest is filled
 * @return 0; -ENOENT (no such input); -EINVAL (info->size)
 * Thread safe.
 */
GS_API int gs_model_input(const struct gs_model *model, uint32_t i,
			  struct gs_tensor_info *info);
/** gs_model_output() - as gs_model_input(), for outputs */
GS_API int gs_model_output(const struct gs_model *model, uint32_t i,
			   struct gs_tensor_info *info);
/** gs_model_tensor() - as gs_model_input(), for all tensors with memory */
GS_API int gs_model_tensor(const struct gs_model *model, uint32_t i,
			   struct gs_tensor_info *info);
/** gs_model_find_tensor() - as gs_model_tensor(), by name */
GS_API int gs_model_find_tensor(const struct gs_model *model, const char *name,
				struct gs_tensor_info *info);
/** gs_model_layer() - describe layer @p i, in order of execution; returns as gs_model_input() */
GS_API int gs_model_layer(const struct gs_model *model, uint32_t i,
			  struct gs_layer_info *info);

/**
 * gs_model_meta() - value of a metadata key, such as "labels"
 * @return text that belongs to the model, or NULL when there is no such key
 * Thread safe.
 */
GS_API const char *gs_model_meta(const struct gs_model *model, const char *key);

/* ---- inference --------------------------------------------------------------- */

/**
 * A tensor of the caller. Memory belongs to the caller and must hold exactly
 * the bytes of its type: dense in logical row-major order for GS_FLOAT32 and
 * GS_INT8, layout.bytes for GS_NATIVE; any alignment.
 *
 * No copy is made when data lies in a gs_buffer of the model's device, at a
 * multiple of GS_BUFFER_ALIGN, and the type is GS_NATIVE, or GS_INT8 of a
 * tensor whose layout is dense in logical order. Then the device reads and
 * writes the buffer itself, and the library fills the border of the tensor, so
 * nobody else may touch the range from submission until the end, except that
 * inferences of one model may share an input.
 * Tensors that share memory with others, and buffer ranges that overlap, are
 * copied all the same. gs_stats.copied counts.
 */
struct gs_binding {
	const char *name; /**< of an input or output; NULL: index says which */
	uint32_t index; /**< position, when name is NULL */
	uint32_t type; /**< enum gs_type */
	void *data; /**< inputs are only read */
	size_t bytes; /**< gs_tensor_info: float_bytes, int8_bytes, layout.bytes */
};

/** Which executor a simulated device uses. Their results are the same. */
enum gs_executor_choice {
	GS_EXECUTOR_DEFAULT = 0, /**< sim: fast */
	GS_EXECUTOR_REFERENCE = 1, /**< the plain interpreter */
	GS_EXECUTOR_FAST =
		2, /**< vector units of this host where they can be used */
};

#define GS_DUMP_REPLACE \
	1 /**< gs_dump_fn: later layers read what data holds now */

/**
 * Called by gs_infer() for tensor after tensor, as soon as each is complete:
 * inputs first, then by layer.
 * @param ctx   of the options
 * @param info  valid during the call; info->size is set
 * @param data  info->int8_bytes values, dense, logical order; during the call
 * @return 0 to go on; GS_DUMP_REPLACE to write @p data back, so that a layer
 *         can be tested on inputs of the caller's choice; else gs_infer()
 *         stops and returns this value
 */
typedef int (*gs_dump_fn)(void *ctx, const struct gs_tensor_info *info,
			  int8_t *data);

/** Options of gs_infer(); all 0 but size is the default. */
struct gs_infer_opts {
	size_t size; /**< set by the caller */
	uint32_t executor; /**< enum gs_executor_choice */
	uint32_t reserved; /**< 0 */
	uint64_t max_work; /**< sim: limit of a job (docs/isa.md section 11), 0: 2^40 */
	gs_dump_fn
		dump; /**< NULL, or gets every tensor; layers then run one by one */
	void *dump_ctx;
	/**
	 * sim: threads that work on this inference, the caller's among them, at
	 * most 64; 0 and 1: the caller's alone. Others are started at the first
	 * need and stay with the context. They do not change results. drm: 0
	 */
	uint32_t threads;
	uint32_t reserved2; /**< 0 */
};

/** Windows of the machine, docs/isa.md section 2: index of gs_stats.bytes. */
enum gs_stats_window {
	GS_STATS_IMEM,
	GS_STATS_PARAM,
	GS_STATS_IBUF,
	GS_STATS_OBUF,
	GS_STATS_SIMD,
	GS_STATS_WINDOWS
};

/**
 * What one gs_infer() did. A drm device does not count: macs to bytes stay 0
 * there, and device_ns on sim. Cycles and stalls are those of the timing model
 * on both, of the jobs that ended well: for one model file the same, where the
 * costs of the machine are. They do not depend on data, executor or host. With
 * a dump function each layer is a job, and the sum a little larger. On sim the
 * program is timed as gs_model_layer_time() does, when stats are asked for, or
 * a request is submitted, for the first time.
 */
struct gs_stats {
	size_t size; /**< set by the caller */
	uint64_t segments, blocks; /**< run */
	uint64_t words; /**< of code, fetched */
	uint64_t macs; /**< multiply-accumulates of the array, padding included */
	uint64_t sa_tiles, simd_tiles;
	uint64_t simd_ops; /**< SIMD operations, counted lane by lane */
	uint64_t perm_rows; /**< rows moved by permutation */
	uint64_t bytes[GS_STATS_WINDOWS][2]; /**< [0] read, [1] written */
	uint64_t input_ns, run_ns, output_ns; /**< time of this host by phase */
	uint32_t faults; /**< 0, or 1: the members below are valid */
	uint32_t fault_code; /**< docs/isa.md section 10 */
	uint32_t fault_block; /**< blocks of the model started before */
	uint32_t fault_word; /**< index in the block */
	uint64_t fault_address;
	uint32_t fault_layer; /**< or GS_NO_LAYER */
	uint32_t jobs; /**< given to the machine */
	uint64_t cycles; /**< of the core, docs/timing.md */
	uint64_t device_ns; /**< the jobs were on the core */
	uint64_t copied[2]; /**< bytes of [0] inputs, [1] outputs copied */
	uint64_t stalls; /**< of the cycles, docs/device.md section 6 */
};

/** What a layer costs the machine by the timing model, docs/timing.md. */
struct gs_layer_time {
	size_t size; /**< set by the caller */
	uint64_t cycles;
	uint64_t stalls; /**< of them, docs/device.md section 6 */
	uint64_t array_busy, tandem_busy; /**< cycles in which the unit works */
	uint64_t bytes[GS_STATS_WINDOWS]; /**< moved by each channel */
	const char *limit; /**< what bounds the layer: "array", "PARAM"... */
	const char *waits_for; /**< "": limit works; else limit waits for this */
	uint64_t limit_cycles; /**< of this work or waiting */
};

/**
 * gs_model_layer_time() - what layer @p i takes, in order of execution
 * The program is run without data once, at the first call for a model; that
 * takes milliseconds as a rule, and on no device. Costs of the machine (channel
 * latency and the like) are those of FILE on a device "sim:FILE", else those
 * the model was compiled with. Where the device has the same, the cycles of all
 * layers add up to those of gs_stats.
 * @param time  time->size is set by the caller, the rest is filled; strings
 *              live as long as the library
 * @return 0; -ENOENT (no such layer); -EINVAL (time->size); -EIO (the program
 *         faults, whatever the data, has no end, or takes more than some
 *         seconds to time); -ENOMEM
 * Thread safe.
 */
GS_API int gs_model_layer_time(struct gs_model *model, uint32_t i,
			       struct gs_layer_time *time);

/**
 * gs_model_pack() - lay a dense tensor out as GS_NATIVE
 * @param index  of the tensor, gs_tensor_info.index
 * @param type   of @p data: GS_FLOAT32 or GS_INT8
 * @param data   @p bytes of it
 * @param native layout.bytes: elements, border, zeros where there are neither
 * @return 0; -ENOENT (index); -EINVAL (type, size, NaN)
 * Thread safe.
 */
GS_API int gs_model_pack(const struct gs_model *model, uint32_t index,
			 uint32_t type, const void *data, size_t bytes,
			 void *native);

/** gs_model_unpack() - the other way; returns as gs_model_pack() */
GS_API int gs_model_unpack(const struct gs_model *model, uint32_t index,
			   uint32_t type, void *data, size_t bytes,
			   const void *native);

/**
 * gs_infer() - run a model once
 * @param inputs   one binding for each input, in any order. GS_FLOAT32 is
 *                 quantized: round half to even of value / scale, plus zero
 *                 point, saturated; NaN is refused
 * @param outputs  one binding for each output, in any order; written on success
 * @param opts     may be NULL
 * @param stats    may be NULL; stats->size is set by the caller, the rest is
 *                 filled, also after a fault
 * @return 0; -EINVAL (a binding is missing, doubled, unknown, or of wrong type
 *         or size; NaN; the sentence names it); -EIO (the machine faulted; the
 *         sentence names fault, layer and tensor; or the device was reset; or,
 *         on sim with @p stats, the program is too long to be timed);
 *         -ETIME (a job ran for longer than gs_load_opts.timeout_ms); -ENODEV
 *         (the device is gone); -ENOTSUP (executor, max_work, threads on drm);
 *         -EAGAIN (no more threads to be had); -ENOSPC
 *         (the driver has no context left, as when many threads run at once,
 *         or the device's address space is full); -ENOMEM; what the dump
 *         function returned
 * Thread safe: calls on one model run in parallel and give the same bytes. The
 * memory of a context (gs_tensor_layout, one activation memory and one core)
 * is kept for later calls until gs_model_free(); there are as many as calls
 * ran at once.
 */
GS_API int gs_infer(struct gs_model *model, const struct gs_binding *inputs,
		    uint32_t num_inputs, const struct gs_binding *outputs,
		    uint32_t num_outputs, const struct gs_infer_opts *opts,
		    struct gs_stats *stats);

/* ---- requests ---------------------------------------------------------------- */

/**
 * gs_request_create() - an inference that can be in flight
 * A request has a context of its own from its first submission until it is
 * freed, so as many requests may be in flight at once as the driver has
 * contexts (64 for an open device), of one model or several. It belongs to one
 * thread at a time. The simulator has no thread for that: there
 * gs_request_submit() runs the whole inference.
 * @param opts  may be NULL; as of gs_infer(), but dump must be NULL
 * @param req   receives the request; free it with gs_request_free()
 * @return 0; -EINVAL; -E2BIG; -ENOMEM
 * Thread safe. The model must live longer.
 */
GS_API int gs_request_create(struct gs_model *model,
			     const struct gs_infer_opts *opts,
			     struct gs_request **req);

/**
 * gs_request_bind() - say where inputs and outputs are
 * Parameters as of gs_infer(). Bindings are copied and stay until the next
 * call; the data stays the caller's.
 * @return 0; -EINVAL as gs_infer(); -EBUSY (in flight); -ENOMEM
 */
GS_API int gs_request_bind(struct gs_request *req,
			   const struct gs_binding *inputs, uint32_t num_inputs,
			   const struct gs_binding *outputs,
			   uint32_t num_outputs);

/**
 * gs_request_submit() - read the inputs and give the jobs to the device
 * Inputs that are not in a gs_buffer may be reused when it returns. Outputs are
 * complete after gs_request_wait().
 * @return 0; -EINVAL (not bound, NaN); -EBUSY (in flight); else as gs_infer()
 */
GS_API int gs_request_submit(struct gs_request *req);

/**
 * gs_request_fd() - a file descriptor for poll(): readable when the jobs ended
 * The same for the life of the request, which closes it; readable from then on
 * until gs_request_wait() returned. Nothing but poll() and the like may be done
 * with it.
 * @return the descriptor; -errno
 */
GS_API int gs_request_fd(struct gs_request *req);

/**
 * gs_request_wait() - wait for the jobs, write the outputs
 * @param timeout_ns  0: only look, negative: for ever
 * @param stats       as of gs_infer()
 * @return 0; -ETIMEDOUT (still in flight); -EINVAL (nothing was submitted); else
 *         as gs_infer(), and the request may be submitted again
 */
GS_API int gs_request_wait(struct gs_request *req, int64_t timeout_ns,
			   struct gs_stats *stats);

/**
 * gs_request_free() - cancel what is in flight, and free; NULL is allowed
 * Waits until what was cancelled has ended: at once as a rule, 1 s at most.
 */
GS_API void gs_request_free(struct gs_request *req);

#ifdef __cplusplus
}
#endif

#endif /* GENESYS_GENESYS_H */
