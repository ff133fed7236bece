// Origins as bubbles on the land. Coasts only: borders are not this house's to draw.
(() => {
  const box = document.getElementById("origin-map");
  const source = document.getElementById("origin-data");
  if (!box || !source || !window.echarts) return;

  // What the outline calls some places, and where those lie that have none of their own.
  const CALLED = {
    AG: "Antigua and Barb.", BA: "Bosnia and Herz.", CD: "Dem. Rep. Congo", CF: "Central African Rep.", CG: "Congo",
    CI: "Côte d'Ivoire", CZ: "Czech Rep.", DO: "Dominican Rep.", EH: "W. Sahara", FK: "Falkland Is.", FO: "Faeroe Is.",
    GQ: "Eq. Guinea", KP: "Dem. Rep. Korea", KR: "Korea", LA: "Lao PDR", LC: "Saint Lucia", MK: "Macedonia", MM: "Myanmar",
    PF: "Fr. Polynesia", PS: "Palestine", SB: "Solomon Is.", SS: "S. Sudan", ST: "São Tomé and Principe", SZ: "Swaziland",
    TR: "Turkey", TT: "Trinidad and Tobago", VC: "St. Vin. and Gren.",
  };
  const LIES = {
    HK: [114.2, 22.3], MO: [113.55, 22.17], TW: [121, 23.7], MV: [73.5, 4.2], MC: [7.4, 43.7], SM: [12.5, 43.9],
    FR: [2.5, 46.6], US: [-98, 39], NO: [9, 61], GF: [-53, 4], RE: [55.5, -21.1], MQ: [-61, 14.6], GP: [-61.5, 16.2],
  };
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // As the legend has them, from surely rare to surely frequent.
  const shades = [["--rule-strong", 0.7], ["--amber", 0.4], ["--amber", 0.9], ["--seal", 0.5], ["--seal", 0.9]];

  const area = (ring) => {
    let twice = 0;
    for (let i = 1; i < ring.length; i += 1) twice += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
    return Math.abs(twice);
  };
  // The middle of the largest piece of land.
  const middle = (shape) => {
    const rings = shape.type === "Polygon" ? [shape.coordinates[0]] : shape.coordinates.map((piece) => piece[0]);
    const largest = rings.reduce((best, ring) => (area(ring) > area(best) ? ring : best));
    const of = (axis) => largest.map((point) => point[axis]);
    return [0, 1].map((axis) => (Math.min(...of(axis)) + Math.max(...of(axis))) / 2);
  };

  fetch(box.dataset.outline)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((outline) => {
      echarts.registerMap("world", outline);
      const shapes = echarts.getMap("world").geoJSON.features;
      const places = new Map(shapes.map((one) => [one.properties.name, one.geometry]));
      const rows = JSON.parse(source.textContent);
      const most = Math.sqrt(Math.max(...rows.map((row) => row.examined)));
      const points = [];
      for (const row of rows) {
        const shape = places.get(CALLED[row.code] || row.place);
        const at = LIES[row.code] || (shape && middle(shape));
        if (!at) continue;
        points.push({
          name: row.says,
          value: at,
          symbolSize: 6 + (26 * Math.sqrt(row.examined)) / most,
          itemStyle: { color: token(shades[row.shade][0]), opacity: shades[row.shade][1], borderColor: token("--paper") },
        });
      }
      box.hidden = false;
      const chart = echarts.init(box, null, { renderer: "svg" });
      const land = token("--rule");
      chart.setOption({
        animation: false,
        tooltip: { formatter: (item) => echarts.format.encodeHTML(item.name), confine: true },
        geo: {
          map: "world",
          roam: "move",
          top: 0, bottom: 0, left: 0, right: 0,
          boundingCoords: [[-170, 78], [180, -56]],
          silent: true,
          itemStyle: { areaColor: land, borderColor: land, borderWidth: 0.6 },
        },
        series: [{ type: "scatter", coordinateSystem: "geo", data: points }],
      });
      window.addEventListener("resize", () => chart.resize());
    })
    .catch(() => {
      box.hidden = true;
    });
})();
