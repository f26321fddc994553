# SPDX-License-Identifier: MIT
"""check_trace.py TRACE CSV: a trace of gs-sim against its table.

Every event has what the format asks for, events of a track do not overlap,
and per layer the cycles of each engine by kind, and the bytes of each
channel, are those of the table.
"""
import collections
import csv
import gzip
import json
import sys
from decimal import Decimal

ENGINES = "IMEM PARAM IBUF OBUF SIMD array Tandem".split()
CHANNELS = ENGINES[:5]
WORK = {"array": {"compute"}, "Tandem": {"operate"}, "IMEM": {"fetch"}}


def read(path):
    data = open(path, "rb").read()
    if path.endswith(".gz"):
        data = gzip.decompress(data)
    return json.loads(data.decode("utf-8"), parse_float=Decimal)


def tracks_of(trace):
    """Names of the tracks, and their events by begin."""
    names, order, events = {}, {}, collections.defaultdict(list)
    for e in trace["traceEvents"]:
        assert e["pid"] == 1 and type(e["tid"]) is int, e
        if e["ph"] == "M":
            if e["name"] == "thread_name":
                names[e["tid"]] = e["args"]["name"]
            elif e["name"] == "thread_sort_index":
                order[e["tid"]] = e["args"]["sort_index"]
            else:
                assert e["name"] == "process_name", e
            continue
        assert e["ph"] == "X" and type(e["name"]) is str, e
        assert e["ts"] >= 0 and e["dur"] > 0, e
        assert type(e["args"]["cycles"]) is int, e
        events[e["tid"]].append(e)
    assert sorted(names) == sorted(order) and set(events) <= set(names)
    in_order = [names[t] for t in sorted(order, key=order.get)]
    assert in_order == ["layers", "array", "Tandem"] + [
        "channel " + c for c in CHANNELS], in_order
    for of_track in events.values():
        of_track.sort(key=lambda e: e["ts"])
        for a, b in zip(of_track, of_track[1:]):
            assert a["ts"] + a["dur"] <= b["ts"], (a, b)
    return {names[t].replace("channel ", ""): events[t] for t in names}


def check_clock(trace, tracks):
    """Times are cycles at the clock, to a picosecond."""
    mhz = trace["otherData"]["clock_mhz"]
    for events in tracks.values():
        for e in events:
            off = abs(Decimal(e["dur"]) - Decimal(e["args"]["cycles"]) / mhz)
            assert off <= Decimal("0.000001"), e


def by_layer(layers, events):
    """The events of each slice of a layer."""
    at = 0
    for e in events:
        while e["ts"] >= layers[at]["ts"] + layers[at]["dur"]:
            at += 1
        assert e["ts"] >= layers[at]["ts"], e
        assert e["ts"] + e["dur"] <= layers[at]["ts"] + layers[at]["dur"], e
        yield layers[at]["name"], e


def check_engine(engine, layers, events, rows):
    """Sums by kind; idle cycles are what is empty."""
    sums = collections.defaultdict(collections.Counter)
    for name, e in by_layer(layers, events):
        args = e["args"]
        assert type(args["block"]) is int, e
        if e["cat"] == "busy":
            assert e["name"] in WORK.get(engine, {"load", "store"}), e
            kind = "busy"
        else:
            assert e["cat"] == "stall" and "bytes" not in args, e
            assert e["name"] == "waits: " + args["cause"], e
            kind = "waits_" + args["cause"]
        sums[name][kind] += args["cycles"]
        sums[name]["all"] += args["cycles"]
        sums[name][e["name"]] += args.get("bytes", 0)
    for name, row in rows.items():
        got = sums[name]
        got["waits_idle"] = int(row["cycles"]) - got["all"]
        for column in row:
            if column == engine + "_busy" or column.startswith(engine + "_waits"):
                kind = column[len(engine) + 1:]
                assert int(row[column]) == got[kind], (name, column, got)
        if engine in CHANNELS[1:]:
            moved = int(row[engine + "_read"]) - int(row[engine + "_held"])
            assert got["load"] == moved, (name, engine)
            assert got["store"] == int(row[engine + "_written"]), (name, engine)
    return sum(s["fetch"] for s in sums.values())


def check(trace, table):
    tracks = tracks_of(trace)
    check_clock(trace, tracks)
    layers = tracks["layers"]
    names = list(dict.fromkeys(e["name"] for e in layers))
    assert len(names) == len(table)
    rows = dict(zip(names, table))
    for name, row in rows.items():
        slices = [e["args"] for e in layers if e["name"] == name]
        assert sum(a["cycles"] for a in slices) == int(row["cycles"]), name
        assert sum(a["blocks"] for a in slices) == int(row["blocks"]), name
    total = sum(e["args"]["cycles"] for e in layers)
    assert total == trace["otherData"]["cycles"]
    assert not layers or layers[0]["ts"] == 0
    for a, b in zip(layers, layers[1:]):
        assert a["ts"] + a["dur"] == b["ts"], (a, b)
    for engine in ENGINES:
        fetched = check_engine(engine, layers, tracks[engine], rows)
        if engine == "IMEM" and trace["otherData"]["preset"] == "hardware":
            assert fetched == sum(int(r["IMEM_read"]) for r in table)
    return names, layers, sum(map(len, tracks.values()))


def main():
    trace = read(sys.argv[1])
    with open(sys.argv[2], newline="", errors="surrogateescape") as file:
        table = [r for r in csv.DictReader(file) if int(r["cycles"])]
    names, layers, events = check(trace, table)
    if not any("\ufffd" in n for n in names):
        assert names == [r["layer"] for r in table]
        assert [e["args"]["operator"] for e in layers] == [
            r["operator"] for r in table]
    print("%d events, %d layers: %s" % (events, len(names), ascii(names)))


if __name__ == "__main__":
    main()
