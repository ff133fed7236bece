// The control chart: one line a material, bands at 1, 2 and 3 s, runs that break a rule marked.
"use strict";

const place = document.getElementById("control-chart");
const told = JSON.parse(document.getElementById("control-data").textContent);
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colours = { in_control: token("--jade"), warning: token("--amber"), rejected: token("--seal"), unknown: token("--amber") };
const lines = [token("--gate"), token("--violet"), token("--teal")];
const shapes = ["circle", "diamond", "triangle"];
const values = told.series.flatMap((one) => one.values.map((point) => Math.abs(point.value ?? 0)));
// A rejected run is marked whole; a warning only where a control lies beyond 2 s.
const marked = (point) => point.state === "rejected" || (point.state === "warning" && Math.abs(point.value) > 2);
const reach = Math.max(4, Math.ceil(Math.max(0, ...values)));

const chart = echarts.init(place, null, { renderer: "canvas" });
const mark = (at, type, name) => ({ yAxis: at, lineStyle: { color: token(name), type, width: 1 }, label: { formatter: `${at > 0 ? "+" : ""}${at} s`, color: token("--muted"), position: "end" } });

chart.setOption({
  animation: false,
  textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
  grid: { left: 44, right: 56, top: 64, bottom: 40 },
  legend: { top: 0, left: 0, textStyle: { color: token("--ink") } },
  tooltip: {
    trigger: "item",
    renderMode: "richText",
    formatter: (hit) => [hit.data.run, `${hit.seriesName}  ${hit.data.value} s`, hit.data.rules.join(" · ")].filter(Boolean).join("\n"),
  },
  xAxis: { type: "category", data: told.labels, axisLabel: { color: token("--muted"), hideOverlap: true }, axisLine: { lineStyle: { color: token("--rule-strong") } } },
  yAxis: { type: "value", min: -reach, max: reach, name: told.axis, nameGap: 14, nameTextStyle: { color: token("--muted"), align: "left", padding: [0, 0, 0, -36] }, axisLabel: { color: token("--muted") }, splitLine: { show: false } },
  series: told.series.map((one, at) => ({
    name: one.name,
    type: "line",
    symbol: shapes[at % shapes.length],
    symbolSize: 9,
    lineStyle: { color: lines[at % lines.length], width: 1.5 },
    itemStyle: { color: lines[at % lines.length] },
    data: one.values.map((point) => ({
      ...point,
      symbolSize: marked(point) ? 12 : 7,
      itemStyle: marked(point) ? { color: colours[point.state] } : undefined,
      label: point.state === "rejected" && at === 0 ? { show: true, formatter: point.rules.filter((rule) => rule !== "1-2s").join(" "), color: token("--seal"), fontWeight: "bold" } : undefined,
    })),
    markLine: at === 0 ? { silent: true, symbol: "none", data: [mark(0, "solid", "--rule-strong"), mark(2, "dashed", "--amber"), mark(-2, "dashed", "--amber"), mark(3, "solid", "--seal"), mark(-3, "solid", "--seal")] } : undefined,
  })),
});
addEventListener("resize", () => chart.resize());
