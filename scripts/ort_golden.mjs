// SPDX-License-Identifier: MIT
//
// Oracle: run an ONNX model in onnxruntime, all graph optimizations off, and
// write its outputs as .npy files.
//
//   scripts/ort_golden.sh MODEL.onnx [NAME=]INPUT.npy... OUTDIR [option...]
//
//   --all-tensors    record the outputs of all nodes, not only of the graph
//   --op OP          record the outputs of the OP nodes too, e.g. the int8
//                    tensors of a QDQ model with --op QuantizeLinear; repeatable
//   --scale S        map integer input data to float: (x - mean) * scale;
//   --mean M         numbers or fractions such as 1/255; mean defaults to 0
//
// Each input file is a stack of samples along axis 0: the model runs once per
// slice of its own first dimension (a symbolic one counts as 1) and the outputs
// are concatenated along axis 0. NAME= may be left out if the model has one
// input. OUTDIR gets one file per recorded tensor, of the tensor's own type,
// and index.json: {tensor name: {file, dtype, shape}} in graph output order.
//
// scripts/ort_golden.sh installs onnxruntime-node where this script looks for
// it; --all-tensors and --op need /usr/bin/python3 with python3-onnx.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { load_ort, npy_read, product, TYPES } from "./ort_common.mjs";

const MAX_NAME = 200;
const PYTHON = process.env.GENESYS_PYTHON ?? "/usr/bin/python3";

function npy_write(path, type, dims, parts) {
	const descr = TYPES.find((entry) => entry[0] === type)[1];
	const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(", ")})`;
	const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
	const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
	const prefix = Buffer.alloc(10);
	prefix.write("\x93NUMPY\x01", "latin1");
	prefix.writeUInt16LE(length, 8);
	const header = Buffer.from(text.padEnd(length - 1) + "\n", "latin1");
	const body = parts.map((p) => Buffer.from(p.buffer, p.byteOffset, p.byteLength));
	writeFileSync(path, Buffer.concat([prefix, header, ...body]));
}

function parse_number(text) {
	const [a, b = "1", ...rest] = text.split("/");
	const value = Number(a) / Number(b);
	if (rest.length || !a || !Number.isFinite(value))
		throw new Error(`"${text}" is not a number or fraction`);
	return value;
}

// Convert input data to the type of the graph input, by --mean and --scale only.
function to_type(name, array, type, options) {
	if (array.type === type)
		return array;
	if (type !== "float32" || options.scale === undefined)
		throw new Error(`input ${name}: data is ${array.type}, the model expects ${type}` +
			(type === "float32" ? " (--scale converts)" : ""));
	const scale = parse_number(options.scale);
	const mean = parse_number(options.mean);
	const data = Float32Array.from(array.data, (x) => (Number(x) - mean) * scale);
	return { type, dims: array.dims, data };
}

// Match the input files with the graph inputs: [{name, type, shape, data, runs}].
function bind_inputs(session, files, options) {
	const bound = session.inputMetadata.map((meta) => {
		const file = files.find((f) => f.startsWith(`${meta.name}=`))
			?.slice(meta.name.length + 1) ??
			(session.inputNames.length === 1 && files.length === 1 ? files[0] : undefined);
		if (file === undefined)
			throw new Error(`no file for input ${meta.name}`);
		const array = to_type(meta.name, npy_read(file), meta.type, options);
		const shape = meta.shape.map((dim, axis) =>
			typeof dim === "number" && dim > 0 ? dim : axis === 0 ? 1 : array.dims[axis]);
		const runs = array.data.length / product(shape);
		if (!Number.isInteger(runs) || runs < 1)
			throw new Error(`input ${meta.name}: ${file} has shape [${array.dims}], ` +
				`the model expects a stack of [${shape}]`);
		return { name: meta.name, type: meta.type, shape, data: array.data, runs };
	});
	if (files.length !== bound.length)
		throw new Error(`${files.length} input files, the model has inputs ` +
			session.inputNames.join(", "));
	if (bound.some((input) => input.runs !== bound[0].runs))
		throw new Error("the input files hold different numbers of samples");
	return bound;
}

// Run all samples: map of output name to {type, dims, parts}.
async function run_all(ort, session, inputs) {
	const results = new Map();
	for (let run = 0; run < inputs[0].runs; run++) {
		const feeds = {};
		for (const { name, type, shape, data } of inputs) {
			const size = product(shape);
			const slice = data.slice(run * size, (run + 1) * size);
			feeds[name] = new ort.Tensor(type, slice, shape);
		}
		for (const [name, tensor] of Object.entries(await session.run(feeds))) {
			const entry = results.get(name) ?? { type: tensor.type, dims: null, parts: [] };
			entry.dims ??= [...tensor.dims];
			entry.parts.push(tensor.data.slice());
			results.set(name, entry);
		}
	}
	return results;
}

// Of a name longer than file names may be, the first part and a number.
function file_name(name, number) {
	const clean = name.replace(/^\/+/, "").replace(/[^A-Za-z0-9._-]/g, "_");
	return (clean.length > MAX_NAME ? `${clean.slice(0, MAX_NAME)}-${number}` : clean) + ".npy";
}

function write_results(names, results, runs, outdir) {
	const index = {};
	const used = new Set();
	mkdirSync(outdir, { recursive: true });
	for (const name of names) {
		const { type, dims, parts } = results.get(name);
		const file = file_name(name, used.size);
		if (used.has(file))
			throw new Error(`two tensors would be written to ${file}`);
		used.add(file);
		const shape = runs > 1 && dims.length ? [dims[0] * runs, ...dims.slice(1)] : dims;
		npy_write(join(outdir, file), type, shape, parts);
		index[name] = { file, dtype: type, shape };
	}
	writeFileSync(join(outdir, "index.json"), JSON.stringify(index, null, 2) + "\n");
}

// The model to run: MODEL itself, or a copy in folder with more graph outputs.
function exposed_model(model, options, folder) {
	if (!options["all-tensors"] && !options.op)
		return model;
	const target = join(folder, "exposed.onnx");
	const helper = join(dirname(fileURLToPath(import.meta.url)), "onnx_expose.py");
	const ops = options["all-tensors"] ? [] : options.op.flatMap((op) => ["--op", op]);
	execFileSync(PYTHON, [helper, model, target, ...ops], { stdio: "inherit" });
	return target;
}

async function main() {
	const { values: options, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			"all-tensors": { type: "boolean" },
			op: { type: "string", multiple: true },
			scale: { type: "string" },
			mean: { type: "string", default: "0" },
		},
	});
	if (positionals.length < 3)
		throw new Error("usage: ort_golden MODEL.onnx [NAME=]INPUT.npy... OUTDIR " +
			"[--all-tensors] [--op OP] [--scale S] [--mean M]");
	const model = positionals[0];
	const outdir = positionals.at(-1);
	const ort = load_ort();
	const folder = mkdtempSync(join(tmpdir(), "ort_golden-"));
	try {
		const session = await ort.InferenceSession.create(
			exposed_model(model, options, folder), {
				graphOptimizationLevel: "disabled",
				executionMode: "sequential",
				intraOpNumThreads: 1,
				interOpNumThreads: 1,
			});
		const inputs = bind_inputs(session, positionals.slice(1, -1), options);
		const results = await run_all(ort, session, inputs);
		write_results(session.outputNames, results, inputs[0].runs, outdir);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

main().catch((error) => {
	console.error(`ort_golden: ${error.message}`);
	process.exitCode = 1;
});
