// SPDX-License-Identifier: MIT
//
// What scripts that use onnxruntime share: the runtime that scripts/ort_golden.sh
// installed, and .npy files.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// onnxruntime type, npy type, JavaScript array that holds it
export const TYPES = [
	["float32", "<f4", Float32Array],
	["float64", "<f8", Float64Array],
	["float16", "<f2", Uint16Array],
	["int8", "|i1", Int8Array],
	["uint8", "|u1", Uint8Array],
	["int16", "<i2", Int16Array],
	["uint16", "<u2", Uint16Array],
	["int32", "<i4", Int32Array],
	["uint32", "<u4", Uint32Array],
	["int64", "<i8", BigInt64Array],
	["uint64", "<u8", BigUint64Array],
	["bool", "|b1", Uint8Array],
];

export const product = (shape) => shape.reduce((a, b) => a * b, 1);

export function load_ort() {
	const cache = process.env.GENESYS_ORT_DIR ??
		join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "genesys", "ort");
	try {
		return createRequire(join(cache, "package.json"))("onnxruntime-node");
	} catch (error) {
		throw new Error(`no onnxruntime-node in ${cache}, run scripts/ort_golden.sh: ` +
			error.message);
	}
}

export function npy_read(path) {
	const file = readFileSync(path);
	if (file.toString("latin1", 0, 6) !== "\x93NUMPY")
		throw new Error(`${path}: not a .npy file`);
	const wide = file[6] > 1;
	const start = wide ? 12 : 10;
	const end = start + (wide ? file.readUInt32LE(8) : file.readUInt16LE(8));
	const header = file.toString("latin1", start, end);
	const descr = /'descr': '([^']+)'/.exec(header)?.[1];
	const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1];
	const type = TYPES.find((entry) => entry[1] === descr);
	if (!type || shape === undefined || !header.includes("'fortran_order': False"))
		throw new Error(`${path}: unsupported .npy header ${header.trim()}`);
	const dims = shape.split(",").filter((s) => s.trim()).map(Number);
	const bytes = product(dims) * type[2].BYTES_PER_ELEMENT;
	if (file.length - end !== bytes)
		throw new Error(`${path}: ${file.length - end} bytes of data, ` +
			`shape and type need ${bytes}`);
	const data = new type[2](new Uint8Array(file.subarray(end)).buffer);
	return { type: type[0], dims, data };
}
