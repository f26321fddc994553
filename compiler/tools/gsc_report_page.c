/* SPDX-License-Identifier: MIT */
/* What is the same on every page: how it looks, and what happens when one clicks. */
#include "compiler/tools/gsc_report.h"
#include "hw-model/tools/html.h"

/* Nothing is fetched from anywhere, whatever names hold. */
static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
	" style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n";

/* In the dark pictures are inverted, and with them what has their colours. */
static const char style[] =
	"<style>\n"
	":root{color-scheme:light dark;--ink:#222;--quiet:#5c5c5c;--back:#fff;"
	"--panel:#eef2f6;--hover:#f5f8fb;--line:#ddd;--link:#114a7a}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e2e2e2;--quiet:#a6a6a6;"
	"--back:#191919;--panel:#262c33;--hover:#20252b;--line:#414141;"
	"--link:#8ec1ee}\n"
	".scroll svg,.bar,.keys i{filter:invert(.9) hue-rotate(180deg)}}\n"
	"body{font:14px/1.45 system-ui,sans-serif;color:var(--ink);"
	"background:var(--back);margin:0 auto;max-width:1500px;"
	"padding:12px 20px 60px}\n"
	"a{color:var(--link)}\n"
	"h1{font-size:22px;margin:.3em 0;overflow-wrap:anywhere}\n"
	"h2{font-size:17px;margin:1.6em 0 .5em}\n"
	"p{margin:.4em 0;max-width:140ch}nav a{margin-right:1em}\n"
	".facts{display:flex;flex-wrap:wrap;gap:8px 12px;margin:12px 0;padding:0}\n"
	".facts div{background:var(--panel);border-radius:6px;padding:8px 14px}\n"
	".facts b{display:block;font-size:18px}\n"
	".scroll{overflow:auto;max-height:85vh;border:1px solid var(--line)}\n"
	".scroll svg{display:block;max-width:max(100%,1200px);height:auto}\n"
	":focus-visible{outline:2px solid var(--link);outline-offset:1px}\n"
	"table{border-collapse:collapse;font-size:13px}\n"
	"caption{margin-top:12px;font-weight:600}\n"
	"th,td{padding:4px 7px;border-bottom:1px solid var(--line);"
	"text-align:left;vertical-align:top}\n"
	"th{font-weight:600}tbody th{font-weight:400;overflow-wrap:anywhere}\n"
	"#layers{width:100%}#layers tbody th{min-width:180px;max-width:340px}\n"
	".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
	".m{font-family:ui-monospace,monospace;font-size:12px;min-width:76px}\n"
	"small{display:block;color:var(--quiet);overflow-wrap:anywhere}\n"
	"#layers thead th{position:sticky;top:0;background:var(--back);z-index:1;"
	"box-shadow:0 1px 0 var(--quiet)}\n"
	"#layers thead button{font:inherit;font-weight:600;border:0;background:none;"
	"padding:0;cursor:pointer;text-align:inherit;color:var(--link)}\n"
	"th[aria-sort=ascending] button::after{content:\" \\25B2\"}\n"
	"th[aria-sort=descending] button::after{content:\" \\25BC\"}\n"
	"tbody tr:hover{background:var(--hover)}tfoot{font-weight:600}\n"
	".large .s{display:none}\n"
	".bar{display:flex;height:12px;width:150px}\n"
	".bar i{display:block;height:100%}\n"
	".keys{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;padding:0}\n"
	".keys i{display:inline-block;width:12px;height:12px;margin-right:6px}\n"
	".tools{display:flex;flex-wrap:wrap;gap:4px 32px;margin:8px 0}\n"
	"summary{cursor:pointer;color:var(--link)}\n"
	"dl{display:grid;grid-template-columns:max-content auto;gap:2px 16px;"
	"margin:.5em 0;max-width:130ch}dt{font-weight:600}dd{margin:0}\n"
	".pair{display:flex;flex-wrap:wrap;gap:0 40px;align-items:flex-start}\n"
	"@media(max-width:1400px){th,td{padding:4px 5px}.bar{width:110px}}\n"
	"@media(max-width:600px){body{padding:8px 10px 40px}"
	".facts div{padding:6px 10px}.facts b{font-size:16px}"
	"dl{display:block}dd{margin:0 0 6px}}\n"
	"@media print{.scroll{overflow:visible;max-height:none}}\n"
	"</style>\n";

/* Rows in the order of a column; again: the other way round. */
static const char script[] =
	"<script>\n"
	"\"use strict\";\n"
	"(function () {\n"
	"var table = document.getElementById(\"layers\");\n"
	"var large = document.getElementById(\"large\");\n"
	"var body = table.tBodies[0], heads = table.tHead.rows[0].cells;\n"
	"function value(row, i) {\n"
	"\tvar cell = row.cells[i], v = cell.getAttribute(\"data-v\");\n"
	"\treturn v === null ? cell.textContent : +v;\n"
	"}\n"
	"function sort(i) {\n"
	"\tvar head = heads[i], number = head.className === \"n\";\n"
	"\tvar first = number && i ? \"descending\" : \"ascending\";\n"
	"\tvar second = number && i ? \"ascending\" : \"descending\";\n"
	"\tvar way = head.getAttribute(\"aria-sort\") === first ? second : first;\n"
	"\tvar sign = way === \"ascending\" ? 1 : -1, k;\n"
	"\tvar rows = Array.prototype.slice.call(body.rows);\n"
	"\trows.sort(function (a, b) {\n"
	"\t\tvar x = value(a, i), y = value(b, i);\n"
	"\t\tif (x === y)\n"
	"\t\t\treturn value(a, 0) - value(b, 0);\n"
	"\t\treturn (x < y ? -1 : 1) * sign;\n"
	"\t});\n"
	"\tfor (k = 0; k < heads.length; k++)\n"
	"\t\theads[k].removeAttribute(\"aria-sort\");\n"
	"\thead.setAttribute(\"aria-sort\", way);\n"
	"\tfor (k = 0; k < rows.length; k++)\n"
	"\t\tbody.appendChild(rows[k]);\n"
	"}\n"
	"function hide() {\n"
	"\ttable.className = large.checked ? \"large\" : \"\";\n"
	"}\n"
	"Array.prototype.forEach.call(heads, function (head, i) {\n"
	"\thead.firstChild.addEventListener(\"click\", function () { sort(i); });\n"
	"});\n"
	"if (large) {\n"
	"\tlarge.addEventListener(\"change\", hide);\n"
	"\thide();\n"
	"}\n"
	"}());\n"
	"</script>\n";

void gsc_report_head(FILE *out, const char *title)
{
	fputs(head, out);
	fputs("<title>", out);
	html_text(out, title);
	fprintf(out, "</title>\n%s</head>\n", style);
}

void gsc_report_script(FILE *out)
{
	fputs(script, out);
}

/* Browsers that give scrolling parts no place among what Tab reaches need tabindex. */
void gsc_report_scroll(FILE *out, const char *id)
{
	fprintf(out,
		"<div class=\"scroll\" role=\"region\" aria-labelledby=\"%s\""
		" tabindex=\"0\">\n",
		id);
}
