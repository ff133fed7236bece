// The map of sites, drawn from the table below it: without this script the table says it all.
(() => {
  const box = document.querySelector("[data-site-map]");
  const rows = [...document.querySelectorAll("[data-place]")];
  if (!box || !rows.length || !window.echarts) return;

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colours = { granted: "--jade", suspended: "--amber", revoked: "--seal", forced_exit: "--seal" };
  const points = rows.map((row) => ({
    name: row.dataset.name,
    value: [Number(row.dataset.longitude), Number(row.dataset.latitude)],
    itemStyle: { color: token(colours[row.dataset.state] || "--slate") },
    row,
  }));
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const spread = (values) => Math.max(0.05, Math.max(...values) - Math.min(...values));
  const longitudes = points.map((point) => point.value[0]);
  const latitudes = points.map((point) => point.value[1]);

  fetch(box.dataset.outline)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((outline) => {
      box.hidden = false;
      echarts.registerMap("outline", outline);
      const chart = echarts.init(box, null, { renderer: "svg" });
      chart.setOption({
        animation: false,
        tooltip: { formatter: (item) => item.name, confine: true },
        geo: {
          map: "outline",
          roam: true,
          center: [middle(longitudes), middle(latitudes)],
          zoom: Math.min(40, 6 / Math.max(spread(longitudes), spread(latitudes))),
          itemStyle: { areaColor: token("--ground"), borderColor: token("--rule-strong") },
          emphasis: { disabled: true },
        },
        series: [{ type: "scatter", coordinateSystem: "geo", symbolSize: 11, data: points }],
      });
      chart.on("click", (item) => item.data.row?.querySelector("a")?.focus());
      window.addEventListener("resize", () => chart.resize());
    })
    .catch(() => {
      box.hidden = true;
    });
})();
