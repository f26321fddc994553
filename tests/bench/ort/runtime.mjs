// SPDX-License-Identifier: MIT
//
// How long a model takes in onnxruntime, all graph optimizations on:
//
//   runtime.mjs MODEL.onnx INPUT.npy THREADS SECONDS
//
// The model has one float input, of which INPUT.npy has one sample. Prints a
// line of JSON: milliseconds, best and median, and the largest element's index.

import { load_ort, npy_read } from "../../../scripts/ort_common.mjs";

const WARM = 3;
const LEAST = 5;

async function main() {
	const [model, input, threads, seconds] = process.argv.slice(2);
	if (seconds === undefined)
		throw new Error("usage: runtime.mjs MODEL.onnx INPUT.npy THREADS SECONDS");
	const ort = load_ort();
	const session = await ort.InferenceSession.create(model, {
		graphOptimizationLevel: "all",
		executionMode: "sequential",
		intraOpNumThreads: Number(threads),
		interOpNumThreads: 1,
	});
	const array = npy_read(input);
	const feeds = {
		[session.inputNames[0]]: new ort.Tensor("float32", array.data, array.dims),
	};
	const times = [];
	let answer, spent = 0;
	for (let i = 0; i < WARM + LEAST || spent < Number(seconds) * 1e3; i++) {
		const start = process.hrtime.bigint();
		const results = await session.run(feeds);
		const ms = Number(process.hrtime.bigint() - start) / 1e6;
		const scores = results[session.outputNames[0]].data;
		answer = scores.indexOf(scores.reduce((a, b) => a > b ? a : b));
		if (i < WARM)
			continue;
		times.push(ms);
		spent += ms;
	}
	times.sort((a, b) => a - b);
	console.log(JSON.stringify({
		best: times[0],
		median: times[times.length >> 1],
		answer,
	}));
}

main().catch((error) => {
	console.error(`runtime.mjs: ${error.message}`);
	process.exitCode = 1;
});
