/* SPDX-License-Identifier: MIT */
/*
 * What a browser made of a page of gsc --report, or of pictures: report_browser.py
 * puts this into a copy of it. What is found, as JSON, is the text of the last
 * element.
 */
"use strict";
(function () {
var found = { errors: [], svg: [], texts: 0, cut: [], pale: [] };

function all(selector) {
	return Array.prototype.slice.call(document.querySelectorAll(selector));
}

/* The part of light that a colour gives back, as WCAG 2 has it */
function luminance(color) {
	var c = color.map(function (v) {
		v /= 255;
		return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
	});

	return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

function numbers(color) {
	return color.match(/[\d.]+/g).map(Number);
}

function behind(element) {
	var color;

	for (; element; element = element.parentElement) {
		color = numbers(getComputedStyle(element).backgroundColor);
		if (color.length === 3)
			return color;
	}
	return [255, 255, 255];
}

function contrast(element) {
	var a = luminance(numbers(getComputedStyle(element).color).slice(0, 3));
	var b = luminance(behind(element));

	return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function has_words(element) {
	return Array.prototype.some.call(element.childNodes, function (n) {
		return n.nodeType === 3 && n.textContent.trim();
	});
}

function measure_text() {
	all("main *").forEach(function (e) {
		if (e.closest("svg") || !has_words(e) || !e.getClientRects().length)
			return;
		found.texts++;
		if (contrast(e) < 4.5)
			found.pale.push(e.tagName + " " + e.textContent.slice(0, 40));
	});
}

function measure_svg(svg) {
	var box = svg.getBoundingClientRect();
	var title = svg.querySelector("title");

	found.svg.push([box.width, box.height, svg.getAttribute("role"),
			title ? title.textContent : "", svg.querySelectorAll("text").length]);
	Array.prototype.forEach.call(svg.querySelectorAll("text"), function (t) {
		var b = t.getBoundingClientRect();

		if (b.left < box.left - 1 || b.right > box.right + 1 ||
		    b.top < box.top - 1 || b.bottom > box.bottom + 1)
			found.cut.push(t.textContent);
	});
}

/* Words of a box stay in it. */
function measure_box(box) {
	var frame = box.querySelector("rect").getBoundingClientRect();

	Array.prototype.forEach.call(box.querySelectorAll("text"), function (t) {
		var b = t.getBoundingClientRect();

		if (b.left < frame.left || b.right > frame.right || b.bottom > frame.bottom + 1)
			found.cut.push("box: " + t.textContent);
	});
}

function cycles() {
	return all("#layers tbody tr").map(function (row) {
		return +row.cells[5].getAttribute("data-v");
	});
}

function shown() {
	return all("#layers tbody tr").filter(function (row) {
		return row.getClientRects().length;
	}).length;
}

function click_all() {
	var head = document.querySelectorAll("#layers thead th")[5];
	var large = document.getElementById("large");

	found.in_order = cycles();
	head.firstChild.click();
	found.sorted = [head.getAttribute("aria-sort"), cycles()];
	head.firstChild.click();
	found.again = [head.getAttribute("aria-sort"), cycles()];
	found.shown = shown();
	found.label = large ? large.parentElement.textContent : "";
	if (large)
		large.click();
	found.shown_large = shown();
	if (large)
		large.click();
	document.querySelectorAll("#layers thead th")[0].firstChild.click();
	found.back = cycles();
}

function measure_table(table) {
	found.frame = table.parentElement.clientWidth;
	found.table = table.scrollWidth;
	found.rows = table.tBodies[0].rows.length;
	found.headings = all("h1, h2, h3").map(function (h) { return h.tagName; }).join(" ");
	found.no_scope = all("th:not([scope])").length;
	found.lost = all("nav a").filter(function (a) {
		return !document.getElementById(a.getAttribute("href").slice(1));
	}).length;
	found.unnamed = all(".scroll").filter(function (s) {
		var title = document.getElementById(s.getAttribute("aria-labelledby"));

		return s.tabIndex !== 0 || !title || !title.textContent;
	}).length;
	found.buttons = all("#layers thead th > button").filter(function (b) {
		return b.tabIndex === 0;
	}).length;
	measure_text();
	click_all();
}

function measure() {
	var page = document.documentElement, table = document.getElementById("layers");

	found.window = page.clientWidth;
	found.page = page.scrollWidth;
	found.dark = matchMedia("(prefers-color-scheme: dark)").matches;
	found.fetched = performance.getEntriesByType("resource").map(function (e) {
		return e.name;
	});
	all(".scroll > svg").forEach(measure_svg);
	all(".boxes > svg > g").forEach(measure_box);
	if (table)
		measure_table(table);
}

window.addEventListener("error", function (e) { found.errors.push(e.message); });
document.addEventListener("securitypolicyviolation", function (e) {
	found.errors.push("blocked: " + e.blockedURI);
});
window.addEventListener("load", function () {
	var out = document.createElement("script");

	try {
		measure();
	} catch (e) {
		found.errors.push("measuring: " + e.message);
	}
	out.type = "application/json";
	out.id = "found";
	out.textContent = JSON.stringify(found).replace(/</g, "\\u003c");
	document.body.appendChild(out);
});
}());
