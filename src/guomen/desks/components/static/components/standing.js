// Draws the history of a level or class as a line of steps. The table under it says the same.
"use strict";

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw(place) {
  const given = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const last = given.rows[given.rows.length - 1];
  const data = [...given.rows, [given.until, last[1]]];
  const small = { color: token("--muted"), fontFamily: token("--sans"), fontSize: 12 };
  const chart = echarts.init(place, null, { renderer: "svg" });
  chart.setOption({
    animation: false,
    aria: { enabled: false },
    grid: { left: 40, right: 44, top: 22, bottom: 32 },
    xAxis: { type: "time", axisLabel: { ...small, margin: 14, formatter: "{yyyy}-{MM}", hideOverlap: true }, axisLine: { lineStyle: { color: token("--rule-strong") } } },
    yAxis: { type: "category", boundaryGap: false, data: given.scale, axisLabel: { ...small, fontSize: 13 }, axisTick: { show: false }, splitLine: { show: true, lineStyle: { color: token("--rule") } }, axisLine: { show: false } },
    series: [{
      type: "line", step: "start", data, symbol: "circle", symbolSize: 7,
      showSymbol: true, lineStyle: { color: token("--gate"), width: 2.5 }, itemStyle: { color: token("--gate") },
      endLabel: { show: true, formatter: (point) => point.value[1], color: token("--ink"), fontWeight: 600, fontSize: 14, fontFamily: token("--sans") },
    }],
  });
  new ResizeObserver(() => chart.resize()).observe(place);
}

for (const place of document.querySelectorAll("[data-chart]")) draw(place);
