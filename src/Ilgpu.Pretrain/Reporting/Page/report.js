"use strict";
// Reads values off the charts: by pointer, by touch, and by the arrow keys.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const mostRows = 12;
  const near = 14;

  const place = (scale, value) => scale.kind === "log"
    ? Math.log(value / scale.low) / Math.log(scale.high / scale.low)
    : (value - scale.low) / (scale.high - scale.low);
  const takes = (scale, value) => value !== null && (scale.kind !== "log" || value > 0);

  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const chart = data.charts[figure.dataset.chart];
    const plot = figure.querySelector(".plot");
    const reader = element("div", "reader");
    reader.tabIndex = 0;
    reader.setAttribute("role", "slider");
    reader.setAttribute("aria-label", `Values of the chart ${chart.title}: arrow keys`);
    plot.append(reader);
    let shown = [];
    let at = -1;

    const frame = () => {
      const svg = [...plot.querySelectorAll(":scope > svg")].find(each => each.clientWidth > 0 || each.getBoundingClientRect().width > 0);
      if (!svg) return null;
      const name = svg.classList.contains("wide") ? "wide" : "narrow";
      const box = chart.frames[name];
      const zoom = svg.getBoundingClientRect().width / box.width;
      return {
        zoom, box,
        x: value => (box.left + place(box.x, value) * box.plot_width) * zoom,
        y: value => (box.top + (1 - place(box.y, value)) * box.plot_height) * zoom,
      };
    };

    const points = box => chart.series.flatMap((series, s) => series.points
      .map((point, i) => ({ series, s, x: point[0], y: point[1], name: series.names ? series.names[i] : null }))
      .filter(point => takes(box.x, point.x) && takes(box.y, point.y)));
    const stops = box => [...new Set(points(box).filter(point => !point.series.is_curve).map(point => point.x))].sort((a, b) => a - b);

    const hide = () => {
      for (const each of shown) each.remove();
      shown = [];
      at = -1;
    };

    // Everything measured at one x, and of series without a point there their nearest one, where it is near; pointerY, where
    // there is one, decides which come first.
    const show = (here, x, pointerY) => {
      hide();
      const all = points(here.box).filter(point => point.x === x);
      const missing = chart.series.filter(series => !series.is_curve && !all.some(point => point.series === series));
      for (const series of missing) {
        const nearest = points(here.box).filter(point => point.series === series).reduce((best, point) => best === null || Math.abs(here.x(point.x) - here.x(x)) < Math.abs(here.x(best.x) - here.x(x)) ? point : best, null);
        if (nearest !== null && Math.abs(here.x(nearest.x) - here.x(x)) <= near) all.push(nearest);
      }
      if (pointerY !== undefined) all.sort((a, b) => Math.abs(here.y(a.y) - pointerY) - Math.abs(here.y(b.y) - pointerY));
      const rows = all.slice(0, mostRows).sort((a, b) => b.y - a.y || a.s - b.s);
      const cursor = element("div", "cursor");
      cursor.style.left = `${here.x(x)}px`;
      cursor.style.top = `${here.box.top * here.zoom}px`;
      cursor.style.height = `${here.box.plot_height * here.zoom}px`;
      const tip = element("div", "tip");
      tip.setAttribute("role", "status");
      tip.append(element("b", "", chart.x.categories ? `${chart.x.label}: ${chart.x.categories[x]}` : `${chart.x.label}: ${x}`));
      for (const row of rows) {
        const line = element("span", row.series.colour);
        const name = row.name ? `${row.series.name}, ${row.name}` : row.series.name;
        line.append(element("i", "", row.x === x ? name : `${name} (at ${chart.x.categories ? chart.x.categories[row.x] : row.x})`), element("span", "value", String(row.y)));
        tip.append(line);
        const dot = element("div", `dot ${row.series.colour}`);
        dot.style.left = `${here.x(row.x)}px`;
        dot.style.top = `${here.y(row.y)}px`;
        shown.push(dot);
      }
      if (all.length > rows.length) tip.append(element("span", "", `and ${all.length - rows.length} more`));
      shown.push(cursor, tip);
      plot.append(...shown);
      const width = plot.clientWidth;
      const wanted = here.x(x) + 14;
      tip.style.left = `${Math.max(0, wanted + tip.offsetWidth > width ? here.x(x) - 14 - tip.offsetWidth : wanted)}px`;
      tip.style.top = `${here.box.top * here.zoom + 4}px`;
      at = stops(here.box).indexOf(x);
      reader.setAttribute("aria-valuetext", tip.innerText);
    };

    const follow = event => {
      const here = frame();
      if (!here) return;
      const bounds = plot.getBoundingClientRect();
      const x = event.clientX - bounds.left;
      const nearest = stops(here.box).reduce((best, stop) => best === null || Math.abs(here.x(stop) - x) < Math.abs(here.x(best) - x) ? stop : best, null);
      if (nearest !== null) show(here, nearest, event.clientY - bounds.top);
    };

    reader.addEventListener("pointermove", follow);
    reader.addEventListener("pointerdown", follow);
    reader.addEventListener("pointerleave", hide);
    reader.addEventListener("blur", hide);
    reader.addEventListener("keydown", event => {
      const here = frame();
      if (!here) return;
      const all = stops(here.box);
      const next = { ArrowLeft: Math.max(0, at - 1), ArrowRight: Math.min(all.length - 1, at + 1), Home: 0, End: all.length - 1 }[event.key];
      if (event.key === "Escape") hide();
      if (next === undefined || all.length === 0) return;
      event.preventDefault();
      show(here, all[next]);
    });
  }
})();
