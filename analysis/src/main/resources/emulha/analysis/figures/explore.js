"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const ROWS_AT_ONCE = 200;
  const byId = id => document.getElementById(id);
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };

  // What distinguishes points beside their measures; those with one value are said, not chosen.
  const GROUPS = [
    { key: "method", title: "method", values: data.methods.map(method => method.name) },
    { key: "recording", title: "recording", values: data.recordings },
    { key: "interval", title: "interval (ms)", values: data.intervals, side: true, number: true },
    { key: "link", title: "link", values: data.links },
    { key: "condition", title: "conditions", values: data.conditions },
  ];
  const points = data.points.map(([recording, interval, link, condition, method, trials, checkpoints, values], number) =>
    ({ number, recording, interval, link, condition, method, trials, checkpoints, values }));
  const off = Object.fromEntries(GROUPS.map(group => [group.key, new Set()]));
  const several = group => group.values.length > 1;

  const plain = value => {
    if (value === 0) return "0";
    if (value < 0) return "\u2212" + plain(-value);
    const magnitude = Math.floor(Math.log10(value));
    return magnitude >= 4
      ? Math.round(value).toLocaleString("en").replaceAll(",", "\u202f")
      : magnitude < -4
        ? value.toExponential(3)
        : value.toFixed(Math.max(0, Math.min(3 - magnitude, 6)));
  };
  const withUnit = measure => measure.name + (measure.unit ? ` (${measure.unit})` : "");
  const valueOf = (point, measure) => point.values[measure] === null ? null : point.values[measure][0];
  const range = (point, measure) => {
    const value = point.values[measure];
    if (value === null) return "not available";
    const unit = data.measures[measure].unit;
    const interval = value.length > 1 ? ` [${plain(value[1])}, ${plain(value[2])}]` : "";
    return plain(value[0]) + interval + (unit ? ` ${unit}` : "");
  };

  /** A method's mark, as the chart draws it. */
  const mark = method => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const set = (element, attributes) => {
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      return element;
    };
    set(svg, { width: 13, height: 13, viewBox: "-6.5 -6.5 13 13", "aria-hidden": "true" });
    const path = {
      circle: "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z",
      rect: "M-4-4H4V4H-4Z",
      triangle: "M0-5L5 4H-5Z",
      rectRot: "M0-5.5L5.5 0L0 5.5L-5.5 0Z",
      down: "M0 5L5-4H-5Z",
      star: "M-5 0H5M0-5V5M-3.5-3.5L3.5 3.5M-3.5 3.5L3.5-3.5",
      crossRot: "M-4-4L4 4M-4 4L4-4",
      cross: "M-5 0H5M0-5V5",
    }[method.shape];
    const open = ["star", "crossRot", "cross"].includes(method.shape);
    svg.append(set(document.createElementNS("http://www.w3.org/2000/svg", "path"), {
      d: path, fill: open ? "none" : method.color, stroke: open ? method.color : "none", "stroke-width": 2,
    }));
    return svg;
  };

  /** Arrow keys move among a group's items, of which one is in the order of Tab; Home and End, too. */
  const roving = (container, selector) => {
    const items = () => [...container.querySelectorAll(selector)];
    const choose = item => items().forEach(one => { one.tabIndex = one === item ? 0 : -1; });
    container.addEventListener("focusin", event => {
      const item = event.target.closest(selector);
      if (item) choose(item);
    });
    container.addEventListener("keydown", event => {
      const all = items();
      const at = all.indexOf(event.target.closest(selector));
      if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
      const to = {
        ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1,
      }[event.key];
      if (to === undefined || !all[to]) return;
      event.preventDefault();
      all[to].focus();
    });
    return () => choose(items()[0]);
  };

  // Filters
  const boxes = [];
  for (const group of GROUPS.filter(several)) {
    const all = make("button", { type: "button" }, "all");
    const none = make("button", { type: "button" }, "none");
    const list = make("div", group.side ? { class: "side" } : {});
    group.values.forEach((value, number) => {
      const box = make("input", { type: "checkbox", "data-group": group.key, "data-value": value });
      boxes.push({ box, group, number });
      box.checked = true;
      box.addEventListener("change", () => {
        box.checked ? off[group.key].delete(number) : off[group.key].add(number);
        draw();
      });
      box.addEventListener("keydown", event => {
        if (event.key === "Enter") {
          event.preventDefault();
          box.click();
        }
      });
      const label = make("label", {}, box);
      if (group.key === "method") {
        label.append(mark(data.methods[number]));
        label.addEventListener("pointerenter", () => emphasize(number));
        label.addEventListener("pointerleave", () => emphasize(-1));
        box.addEventListener("focus", () => emphasize(number));
        box.addEventListener("blur", () => emphasize(-1));
      }
      label.append(make("span", {}, value));
      list.append(label);
    });
    const set = checked => {
      off[group.key] = new Set(checked ? [] : group.values.keys());
      show();
    };
    all.addEventListener("click", () => set(true));
    none.addEventListener("click", () => set(false));
    const title = make("legend", {}, make("span", {}, group.title), make("span", {}, all, " ", none));
    byId("groups").append(make("fieldset", { "data-group": group.key }, title, list));
    roving(list, "input")();
  }
  const show = () => {
    boxes.forEach(({ box, group, number }) => { box.checked = !off[group.key].has(number); });
    draw();
  };
  byId("reset").addEventListener("click", () => {
    GROUPS.forEach(group => { off[group.key].clear(); });
    show();
  });
  if (matchMedia("(max-width: 56rem)").matches) byId("filters").open = false;

  // Axes
  const axis = {};
  for (const which of ["x", "y"]) {
    const select = byId(which);
    data.measures.forEach((measure, number) =>
      select.append(make("option", { value: number, title: measure.meaning }, withUnit(measure))));
    select.value = data[which];
    const log = byId(which + "log");
    const suggest = () => { log.checked = data.measures[select.value].log; };
    suggest();
    select.addEventListener("change", () => { suggest(); draw(); });
    log.addEventListener("change", () => draw());
    axis[which] = () => ({ measure: Number(select.value), log: log.checked });
  }

  // Chart
  Chart.defaults.font.family = '"Liberation Sans", Arial, sans-serif';
  Chart.defaults.font.size = 13;
  Chart.defaults.color = "#111";
  Chart.defaults.animation = false;
  const chart = new Chart(byId("chart"), {
    type: "scatter",
    data: {
      datasets: data.methods.map(method => {
        const open = ["star", "crossRot", "cross"].includes(method.shape);
        return {
          label: method.name,
          data: [],
          pointStyle: method.shape === "down" ? "triangle" : method.shape,
          rotation: method.shape === "down" ? 180 : 0,
          pointRadius: 5,
          pointHoverRadius: 8,
          pointHitRadius: 4,
          clip: 10,
          backgroundColor: method.color,
          borderColor: open ? method.color : "#fff",
          borderWidth: open ? 2 : 0.75,
          pointHoverBorderColor: open ? method.color : "#111",
          pointHoverBorderWidth: 2,
        };
      }),
    },
    options: {
      maintainAspectRatio: false,
      parsing: false,
      layout: { padding: { top: 8, right: 12 } },
      interaction: { mode: "nearest", intersect: true },
      scales: { x: {}, y: {} },
      plugins: {
        legend: { display: false },
        tooltip: {
          displayColors: false,
          backgroundColor: "#fff",
          borderColor: "#111",
          borderWidth: 1,
          titleColor: "#111",
          titleFont: { weight: "normal", size: 14 },
          bodyColor: "#111",
          footerColor: "#555",
          footerFont: { weight: "normal" },
          padding: 8,
          filter: (item, index) => index < 1,
          callbacks: {
            title: items => items.length ? items[0].dataset.label : "",
            label: item => describe(item.raw.point),
            footer: items => items.length ? trialsOf(items[0].raw.point) : "",
          },
        },
      },
      onClick: (event, elements) => {
        if (elements.length) reveal(chart.data.datasets[elements[0].datasetIndex].data[elements[0].index].point);
      },
    },
  });
  const trialsOf = point =>
    `${point.trials ? `${point.trials} trial${point.trials > 1 ? "s" : ""}` : "disturbed trials only"}, ` +
    `${point.checkpoints} checkpoints`;
  const describe = point => {
    const lines = GROUPS.filter(group => group.key !== "method" && group.values[point[group.key]])
      .map(group => group.number
        ? `interval ${group.values[point[group.key]]} ms`
        : group.values[point[group.key]]);
    for (const which of ["y", "x"]) {
      const { measure } = axis[which]();
      lines.push(`${data.measures[measure].name}: ${range(point, measure)}`);
    }
    return lines;
  };
  /** Ends of a logarithmic axis with room beside the outermost points; a linear one begins at 0. */
  const ends = (log, values) => {
    if (!log) return { min: undefined, max: undefined, suggestedMin: 0 };
    const least = Math.min(...values), most = Math.max(...values);
    return values.length ? { min: least / 1.2, max: most * 1.2 } : {};
  };
  const scale = ({ measure, log }, values) => ({
    type: log ? "logarithmic" : "linear",
    ...ends(log, values),
    title: { display: true, text: withUnit(data.measures[measure]), font: { size: 14 } },
    grid: { color: "#e4e4e4" },
    border: { color: "#111" },
    ticks: {
      maxRotation: 0,
      callback(value, index, ticks) {
        if (!log) return Chart.Ticks.formatters.numeric.call(this, value, index, ticks).replaceAll(",", "\u202f");
        const leading = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
        return [1, 2, 5].some(one => Math.abs(leading - one) < 1e-6) ? String(Number(value.toPrecision(6))) : "";
      },
    },
  });
  let emphasized = -1;
  const emphasize = number => {
    if (emphasized === number) return;
    emphasized = number;
    chart.data.datasets.forEach((dataset, index) => {
      const faint = number >= 0 && index !== number;
      const open = dataset.borderWidth === 2;
      dataset.backgroundColor = data.methods[index].color + (faint ? "22" : "");
      dataset.borderColor = open ? dataset.backgroundColor : "#fff";
    });
    chart.update("none");
  };

  // Table
  const TEXT = GROUPS.filter(group => group.key === "method" || several(group));
  const columns = [
    ...TEXT.map(group => ({ name: group.title, text: !group.number, group, of: point => point[group.key] })),
    ...data.measures.map((measure, number) => ({
      name: measure.name, unit: measure.unit, title: measure.meaning, measure: number, of: point => valueOf(point, number),
    })),
    { name: "trials", of: point => point.trials },
  ];
  let sorted = { column: 0, ascending: true };
  let limit = ROWS_AT_ONCE;
  const heads = make("tr");
  columns.forEach((column, number) => {
    const button = make("button", { type: "button", "data-column": number }, column.name);
    if (column.title) button.title = column.title;
    if (column.unit) button.append(" ", make("span", { class: "unit" }, column.unit));
    button.addEventListener("click", () => {
      sorted = { column: number, ascending: sorted.column === number ? !sorted.ascending : Boolean(column.text) || Boolean(column.group) };
      fill();
    });
    heads.append(make("th", { scope: "col", class: column.text ? "text" : "" }, button));
  });
  byId("table").tHead.append(heads);
  roving(heads, "button")();
  const body = byId("table").tBodies[0];
  const firstRow = roving(body, "tr");
  let shown = [];
  const compare = column => (a, b) => {
    const one = column.of(a), other = column.of(b);
    // What is not available comes last, whichever way.
    if (one === null || other === null) return (one === null) - (other === null);
    return (sorted.ascending ? one - other : other - one) || a.number - b.number;
  };
  const fill = () => {
    [...heads.children].forEach((head, number) =>
      head.setAttribute("aria-sort", number !== sorted.column ? "none" : sorted.ascending ? "ascending" : "descending"));
    shown.sort(compare(columns[sorted.column]));
    body.replaceChildren(...shown.slice(0, limit).map(point => {
      const row = make("tr", { "data-point": point.number });
      for (const column of columns) {
        const cell = make("td", column.text ? { class: "text" } : {});
        if (column.group) {
          if (column.group.key === "method") cell.append(mark(data.methods[point.method]));
          cell.append(column.group.values[point[column.group.key]]);
        } else if (column.measure !== undefined) {
          const value = valueOf(point, column.measure);
          cell.append(value === null ? "" : plain(value));
          if (value !== null && point.values[column.measure].length > 1) cell.title = range(point, column.measure);
        } else {
          cell.append(String(column.of(point)));
        }
        row.append(cell);
      }
      row.addEventListener("focus", () => light(point));
      row.addEventListener("blur", () => light(null));
      row.addEventListener("pointerenter", () => light(point));
      row.addEventListener("pointerleave", () => light(null));
      return row;
    }));
    if (body.rows.length) firstRow();
    byId("more").hidden = shown.length <= limit;
    byId("more").textContent = `Show all ${shown.length} rows`;
  };
  byId("more").addEventListener("click", () => {
    limit = Infinity;
    fill();
  });
  const light = point => {
    const dataset = point ? point.method : -1;
    const index = point ? chart.data.datasets[dataset].data.findIndex(one => one.point === point) : -1;
    const elements = index < 0 ? [] : [{ datasetIndex: dataset, index }];
    chart.setActiveElements(elements);
    chart.tooltip.setActiveElements(elements, { x: 0, y: 0 });
    chart.update("none");
  };
  const reveal = point => {
    if (shown.indexOf(point) >= limit) {
      limit = Infinity;
      fill();
    }
    const row = body.querySelector(`[data-point="${point.number}"]`);
    if (row) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "center" });
    }
  };

  const draw = () => {
    const x = axis.x(), y = axis.y();
    shown = points.filter(point => GROUPS.every(group => !off[group.key].has(point[group.key])));
    let drawn = 0, absent = 0, zeros = 0;
    chart.data.datasets.forEach(dataset => { dataset.data = []; });
    for (const point of shown) {
      const at = { x: valueOf(point, x.measure), y: valueOf(point, y.measure), point };
      if (at.x === null || at.y === null) {
        absent++;
      } else if ((x.log && at.x <= 0) || (y.log && at.y <= 0)) {
        zeros++;
      } else {
        drawn++;
        chart.data.datasets[point.method].data.push(at);
      }
    }
    const placed = chart.data.datasets.flatMap(dataset => dataset.data);
    chart.options.scales.x = scale(x, placed.map(at => at.x));
    chart.options.scales.y = scale(y, placed.map(at => at.y));
    chart.update("none");
    byId("count").textContent = `${shown.length} of ${points.length} points`;
    const left = [];
    if (shown.length === 0) left.push("The filters leave nothing.");
    if (absent) left.push(`${absent} without these measures`);
    if (zeros) left.push(`${zeros} not above 0 have no place on a logarithmic axis`);
    byId("note").textContent = left.length ? left.join("; ") + (left[0].endsWith(".") ? "" : ".") : "";
    byId("chosen").textContent = GROUPS.map(group => {
      const on = group.values.filter((value, number) => !off[group.key].has(number));
      const text = on.length === group.values.length && on.length > 1 ? `all ${on.length}` : on.join(", ") || "none";
      return on.length === 1 && !on[0] ? "" : `${group.title}: ${text}`;
    }).filter(Boolean).join("; ");
    byId("key").replaceChildren(...data.methods.flatMap((method, number) =>
      chart.data.datasets[number].data.length ? [make("span", {}, mark(method), method.name), " "] : []));
    limit = ROWS_AT_ONCE;
    fill();
    document.body.dataset.drawn = drawn;
  };
  draw();
})();
