// One series through the weeks: found as bars, expected as a line, the bound as a step, signals marked; tests below.
"use strict";

const place = document.getElementById("series-chart");
const told = JSON.parse(document.getElementById("series-data").textContent);
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const words = told.words;
const chart = echarts.init(place, null, { renderer: "canvas" });
const axis = { color: token("--muted") };
const narrow = place.clientWidth < 560;

chart.setOption({
  animation: false,
  textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
  legend: { top: 0, left: 0, textStyle: { color: token("--ink") }, data: [words.found, words.expected, words.bound, words.tests] },
  grid: [{ left: 40, right: 16, top: narrow ? 64 : 44, height: narrow ? "42%" : "52%" }, { left: 40, right: 16, bottom: 34, height: narrow ? "14%" : "16%" }],
  tooltip: {
    trigger: "axis",
    renderMode: "richText",
    formatter: (hits) => {
      const at = hits[0].dataIndex;
      const lines = [told.weeks[at], `${words.found} ${told.found[at]} / ${words.tests} ${told.tests[at]}`];
      if (told.expected[at] !== null) lines.push(`${words.expected} ${told.expected[at]}  ${words.bound} ${told.bound[at]}`);
      if (told.raised[at]) lines.push(words.raised);
      return lines.join("\n");
    },
  },
  axisPointer: { link: [{ xAxisIndex: "all" }] },
  xAxis: [0, 1].map((grid) => ({ type: "category", gridIndex: grid, data: told.weeks, axisLabel: { ...axis, show: grid === 1, hideOverlap: true }, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--rule-strong") } } })),
  yAxis: [
    { type: "value", gridIndex: 0, minInterval: 1, axisLabel: axis, splitLine: { lineStyle: { color: token("--rule") } } },
    { type: "value", gridIndex: 1, minInterval: 1, splitNumber: 1, axisLabel: { ...axis, showMinLabel: false }, splitLine: { show: false } },
  ],
  series: [
    {
      name: words.found,
      type: "bar",
      barMaxWidth: 14,
      itemStyle: { color: token("--slate") },
      data: told.found.map((value, at) => (told.raised[at] ? { value, itemStyle: { color: token("--seal") }, label: { show: true, position: "top", formatter: "▲", color: token("--seal") } } : value)),
    },
    { name: words.expected, type: "line", symbol: "none", lineStyle: { color: token("--gate"), width: 1.5 }, itemStyle: { color: token("--gate") }, data: told.expected },
    { name: words.bound, type: "line", step: "middle", symbol: "none", lineStyle: { color: token("--amber"), width: 1.5, type: "dashed" }, itemStyle: { color: token("--amber") }, data: told.bound },
    { name: words.tests, type: "bar", xAxisIndex: 1, yAxisIndex: 1, barMaxWidth: 14, itemStyle: { color: token("--teal") }, data: told.tests },
  ],
});
addEventListener("resize", () => chart.resize());
