"""The numbers as tables, verdicts and a chart."""

import re

# Key, what it is, unit, divisor.
ROWS = [
    ("size", "size", "kB", 1000),
    ("size_from_scratch", "size with all it needs", "kB", 1000),
    ("start", "start-up", "µs", 1000),
    ("start_cpu", "start-up, CPU time", "µs", 1000),
    ("system_calls", "start-up, system calls", "", 1),
    ("instructions", "start-up, user instructions", "", 1),
    ("instructions_with_options", "user instructions with options", "", 1),
    ("cpuids", "start-up, CPUIDs", "", 1),
    ("private_dirty", "private memory", "kB", 1),
    ("pss_1", "memory of 1 (Pss)", "kB", 1),
    ("pss_100", "memory of 100 (Pss)", "kB", 1),
    ("wakeups_per_second", "wake-ups per idle second", "", 1),
    ("forward_p50", "forwarding a signal, median", "µs", 1000),
    ("forward_p99", "forwarding a signal, 99th percentile", "µs", 1000),
    ("real_time_arrived", "real-time signals that arrive of 10,000", "", 1),
    ("orphan_cpu", "CPU time for an orphan", "µs", 1000),
    ("exit_latency", "exit after the app's", "µs", 1000),
]

# What is to be reached: how it reads, the limit, and the value from all numbers.
TARGETS = [
    ("size, kB", 190, lambda n: n["init"]["size"] / 1000),
    ("start-up, times the floor", 1.4, lambda n: n["init"]["start"] / n["floor"]["start"]),
    ("start-up, times tini", 0.08, lambda n: n["init"]["start"] / n["tini"]["start"]),
    ("system calls before the app's exec", 10, lambda n: n["init"]["system_calls"] - 1),
    ("user instructions before it", 2500, lambda n: n["init"]["instructions"]),
    ("CPUIDs before it", 0, lambda n: n["init"]["cpuids"]),
    ("private memory, kB", 20, lambda n: n["init"]["private_dirty"]),
    ("memory of 100, kB", 2000, lambda n: n["init"]["pss_100"]),
    ("wake-ups per idle second", 0, lambda n: n["init"]["wakeups_per_second"]),
    ("forwarding, times the floor", 1.05,
     lambda n: n["init"]["forward_p50"] / n["floor"]["forward_p50"]),
    ("real-time signals lost of 10,000", 0, lambda n: 10_000 - n["init"]["real_time_arrived"]),
    ("CPU time for an orphan, times tini", 1.0,
     lambda n: n["init"]["orphan_cpu"] / n["tini"]["orphan_cpu"]),
    ("exit latency, times the floor", 1.2,
     lambda n: n["init"]["exit_latency"] / n["floor"]["exit_latency"]),
    ("sandbox over a direct exec, µs", 250, lambda n: n["sandbox"]["init"]["start"] / 1000),
    ("sandbox, times unshare", 0.25,
     lambda n: n["sandbox"]["init"]["start"] / n["sandbox"]["unshare"]["start"]),
    ("sandbox with a root, times bwrap", 0.3,
     lambda n: n["root"]["init"]["start"] / n["root"]["bwrap"]["start"]),
]


def number(value):
    if value is None:
        return "-"
    if isinstance(value, int) or abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cell(result, key, divisor):
    value = result.get(key)
    return number(value if value is None or divisor == 1 else value / divisor)


def markdown(header, rows):
    lines = [header, ["-"] + ["-:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def numbers_table(names, results):
    rows = []
    for key, label, unit, divisor in ROWS:
        cells = [cell(results[name], key, divisor) for name in names]
        rows.append([f"{label}, {unit}" if unit else label, *cells])
    return markdown(["", *names], rows)


SANDBOX_ROWS = [
    ("start", "start-up{}, µs", 1000),
    ("private_dirty", "private memory{}, kB", 1),
    ("system_calls", "system calls{}", 1),
]


def sandbox_table(sandbox, root):
    """Without a root of its own and with one."""
    names = list(root)
    rows = []
    for results, what in ((sandbox, " in a sandbox"), (root, " with a root")):
        for key, label, divisor in SANDBOX_ROWS:
            cells = [cell(results.get(name, {}), key, divisor) for name in names]
            rows.append([label.format(what), *cells])
    return markdown(["", *names], rows)


def targets_table(results):
    rows = []
    for label, limit, value_of in TARGETS:
        try:
            value = value_of(results)
        except (KeyError, ZeroDivisionError):
            rows.append([label, number(limit), "not measured", ""])
            continue
        over = f"{(value / limit - 1) * 100:.0f} % over" if limit else "no"
        rows.append([label, number(limit), number(value), "yes" if value <= limit else over])
    return markdown(["target", "at most", "is", "met"], rows)


PANELS = [
    ("start", "Start-up over a direct exec", "µs", 1000),
    ("pss_100", "Memory of 100 instances", "kB", 1),
    ("size_from_scratch", "Size with all it needs", "kB", 1000),
    ("system_calls", "System calls before the app runs", "", 1),
]

FLOOR = "floor: the least that a correct init does, written for this comparison without a libc"

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .bar { fill: #8c959f } .ours { fill: #0969da } .floor { fill: #d0d7de }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .bar { fill: #6e7681 } .ours { fill: #4493f8 } .floor { fill: #30363d }
  }
"""

WIDTH, PANEL_WIDTH, LABEL, BAR, HEAD = 860, 420, 84, 20, 30


def panel(names, results, spec, x, y):
    key, title, unit, divisor = spec
    title = f"{title}, {unit}" if unit else title
    values = {n: results[n][key] / divisor for n in names if results[n].get(key) is not None}
    longest = max([*values.values(), 1e-9])
    room = PANEL_WIDTH - LABEL - 80
    parts = [f'<text class="title" x="{x}" y="{y + 14}">{title}</text>']
    for row, (name, value) in enumerate(values.items()):
        top = y + HEAD + row * BAR
        kind = {"init": "bar ours", "floor": "bar floor"}.get(name, "bar")
        length = max(value / longest * room, 1)
        parts.append(
            f'<text x="{x + LABEL - 8}" y="{top + 12}" text-anchor="end">{name}</text>'
            f'<rect class="{kind}" x="{x + LABEL}" y="{top}" width="{length:.1f}" height="15"/>'
            f'<text x="{x + LABEL + length + 6:.1f}" y="{top + 12}">{number(value)}</text>')
    return "\n".join(parts)


def chart(names, results, caption, versions):
    """The panels, and lines below them: when and where, what the floor is, the versions."""
    panel_height = HEAD + len(names) * BAR + 14
    # tini-static comes from tini's package.
    shown = dict.fromkeys(versions[name] for name in names if name != "floor")
    notes = [caption, FLOOR, ", ".join(shown)]
    height = panel_height * ((len(PANELS) + 1) // 2) + 20 * len(notes) + 8
    panels = [
        panel(names, results, spec, 8 + n % 2 * (PANEL_WIDTH + 12), n // 2 * panel_height)
        for n, spec in enumerate(PANELS)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">\n<title>{caption}</title>\n'
        f"<style>{STYLE}</style>\n" + "\n".join(panels)
        + "".join(f'\n<text x="8" y="{height - 8 - 20 * n}">{note}</text>'
                  for n, note in enumerate(reversed(notes)))
        + "\n</svg>\n")


def between(text, name, new):
    """`text` with `new` between the comments `<!-- name -->` and `<!-- /name -->`."""
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    found, count = re.subn(pattern, lambda m: f"{m[1]}{new}\n{m[2]}", text, flags=re.S)
    if count != 1:
        raise SystemExit(f"bench: no place for {name} in the tables' file")
    return found
