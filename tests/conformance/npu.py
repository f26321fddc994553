# SPDX-License-Identifier: MIT
"""libgenesys in Python: what the tests of compiled models need of genesys.h."""

import ctypes
import os

import numpy as np

MAX_DIMS = 8
FLOAT32, INT8 = 1, 2
DUMP_REPLACE = 1  # GS_DUMP_REPLACE: write the changed data back


class Layout(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in
                ("order", "n", "h", "w", "c", "c_phys", "top", "left",
                 "bottom", "right")] + [
        ("border_value", ctypes.c_int32),
        ("channel_map", ctypes.POINTER(ctypes.c_uint32)),
        ("offset", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("row_block", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32)]


class TensorInfo(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t),
                ("name", ctypes.c_char_p),
                ("index", ctypes.c_uint32),
                ("flags", ctypes.c_uint32),
                ("type", ctypes.c_uint32),
                ("rank", ctypes.c_uint32),
                ("dim", ctypes.c_int64 * MAX_DIMS),
                ("elems", ctypes.c_uint64),
                ("float_bytes", ctypes.c_uint64),
                ("int8_bytes", ctypes.c_uint64),
                ("scale", ctypes.c_float),
                ("zero_point", ctypes.c_int32),
                ("layer", ctypes.c_uint32),
                ("layout", Layout)]

    def shape(self):
        return tuple(self.dim[:self.rank])


class LayerInfo(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t),
                ("name", ctypes.c_char_p),
                ("op", ctypes.c_char_p),
                ("note", ctypes.c_char_p),
                ("first_word", ctypes.c_uint32),
                ("num_words", ctypes.c_uint32),
                ("num_blocks", ctypes.c_uint32)]


class Binding(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p),
                ("index", ctypes.c_uint32),
                ("type", ctypes.c_uint32),
                ("data", ctypes.c_void_p),
                ("bytes", ctypes.c_size_t)]


DUMP_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p,
                           ctypes.POINTER(TensorInfo),
                           ctypes.POINTER(ctypes.c_int8))


class InferOpts(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t),
                ("executor", ctypes.c_uint32),
                ("reserved", ctypes.c_uint32),
                ("max_work", ctypes.c_uint64),
                ("dump", DUMP_FN),
                ("dump_ctx", ctypes.c_void_p)]


class Error(Exception):
    pass


class Model:
    """A model file on a simulated device of its own."""

    def __init__(self, arch, path, build=None):
        build = build or os.environ.get("GS_BUILD", "build")
        self.lib = ctypes.CDLL(os.path.join(build, "lib", "libgenesys.so"))
        self.lib.gs_last_error.restype = ctypes.c_char_p
        self.dev = ctypes.c_void_p()
        self.model = ctypes.c_void_p()
        self._check(self.lib.gs_device_open(f"sim:{arch}".encode(),
                                            ctypes.byref(self.dev)))
        self._check(self.lib.gs_load_model(self.dev, path.encode(), None,
                                           ctypes.byref(self.model)))
        lib, model = self.lib, self.model
        self.inputs = self._tensors(lib.gs_model_input,
                                    lib.gs_model_num_inputs(model))
        self.outputs = self._tensors(lib.gs_model_output,
                                     lib.gs_model_num_outputs(model))
        self.tensors = self._tensors(lib.gs_model_tensor,
                                     lib.gs_model_num_tensors(model))
        self.layers = [self._layer(i)
                       for i in range(lib.gs_model_num_layers(model))]

    def close(self):
        self.lib.gs_model_free(self.model)
        self.lib.gs_device_close(self.dev)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _check(self, ret):
        if ret:
            raise Error(self.lib.gs_last_error().decode())

    def _tensors(self, function, num):
        infos = []
        for i in range(num):
            info = TensorInfo(size=ctypes.sizeof(TensorInfo))
            self._check(function(self.model, ctypes.c_uint32(i),
                                 ctypes.byref(info)))
            infos.append(info)
        return infos

    def _layer(self, i):
        info = LayerInfo(size=ctypes.sizeof(LayerInfo))
        self._check(self.lib.gs_model_layer(self.model, ctypes.c_uint32(i),
                                            ctypes.byref(info)))
        return info

    @staticmethod
    def _bind(infos, arrays):
        bindings = (Binding * len(infos))()
        for binding, info, array in zip(bindings, infos, arrays):
            binding.name = info.name
            binding.type = INT8 if array.dtype == np.int8 else FLOAT32
            binding.data = array.ctypes.data
            binding.bytes = array.nbytes
        return bindings

    def infer(self, inputs, dtype=np.float32, dump=None):
        """Arrays of the inputs, by name, to arrays of the outputs, by name.

        dump(info, data) sees every tensor when it is complete; data is a view
        of its int8 values. It returns 0, or DUMP_REPLACE after changing them.
        """
        given = [np.ascontiguousarray(inputs[i.name.decode()])
                 for i in self.inputs]
        taken = [np.empty(o.shape(), dtype) for o in self.outputs]
        opts = InferOpts(size=ctypes.sizeof(InferOpts))
        raised = []

        def call(_, info, data):
            try:
                flat = np.ctypeslib.as_array(data, (info[0].elems,))
                return dump(info[0], flat)
            except Exception as error:  # cannot cross the C frames
                raised.append(error)
                return -5

        if dump:
            opts.dump = DUMP_FN(call)
        ret = self.lib.gs_infer(self.model,
                                self._bind(self.inputs, given), len(given),
                                self._bind(self.outputs, taken), len(taken),
                                ctypes.byref(opts), None)
        if raised:
            raise raised[0]
        self._check(ret)
        return {o.name.decode(): a for o, a in zip(self.outputs, taken)}
